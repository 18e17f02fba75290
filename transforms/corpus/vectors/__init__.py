"""Reads vectors that exist already, with the ids and columns that belong to their rows: .npy, tables, FAISS, word vectors."""
