"""The evaluation of a head: scores, metrics, calibration, the report."""
