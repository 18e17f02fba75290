"""Builds, measures and searches indexes of feature tables."""
