"""How an index is searched: the Searcher, conditions, fusion of words and vectors, batch neighbours."""
