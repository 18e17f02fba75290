"""Reads the rows of a query in a database as a corpus: PostgreSQL and SQLite."""
