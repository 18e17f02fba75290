"""Searches indexes: the Searcher, conditions, fusion of words and vectors, batch neighbours."""
