"""Finds out how a delimited file is written: separator, quotes, escapes, lines that are no rows, doubtful values."""
