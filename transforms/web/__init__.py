"""Writes models for a browser: the encoder and the head as files that a page of plain JavaScript runs."""
