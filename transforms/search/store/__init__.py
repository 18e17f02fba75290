"""What an index version consists of on disk: segments, vectors, rows, the lexical index."""
