"""Reads a corpus: sources and their formats become items and dead letters."""
