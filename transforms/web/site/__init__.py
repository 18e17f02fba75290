"""Writes an index as a folder that any static server serves: its page searches it in the browser."""
