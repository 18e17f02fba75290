"""A published model asked: predictions, and conversion for other runtimes."""
