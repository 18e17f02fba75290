"""How good an index is: exact neighbours, recall, latency, the report."""
