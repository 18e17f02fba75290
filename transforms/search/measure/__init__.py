"""Measures an index: exact neighbours, recall, latency, the report."""
