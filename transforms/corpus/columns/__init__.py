"""Finds out what the columns of a table are for and of which types they are, and builds the batches of all readers."""
