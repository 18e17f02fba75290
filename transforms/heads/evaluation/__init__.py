"""How good a head is: scores, metrics, calibration, the report."""
