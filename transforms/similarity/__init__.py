"""Clusters and near-duplicates among the rows of one feature table."""
