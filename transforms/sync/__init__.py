"""Keeps the rows of a feature table where other programs serve them: pgvector and Lance."""
