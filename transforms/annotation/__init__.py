"""Finds the rows of a feature table that are worth a person's minute, and what the answers gained."""
