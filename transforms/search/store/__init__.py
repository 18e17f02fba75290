"""Reads and writes the files of an index version: segments, vectors, rows, the lexical index."""
