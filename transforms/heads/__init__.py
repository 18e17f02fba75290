"""Heads: light classifiers on the vectors of a feature table, trained, evaluated, reported and published."""
