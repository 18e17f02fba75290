"""Indexes over feature tables, and what else is asked of vectors: neighbours, near-duplicates, clusters."""
