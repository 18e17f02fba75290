"""Compares two versions of a table, a model or an index: what the newer one changed for those who use it."""
