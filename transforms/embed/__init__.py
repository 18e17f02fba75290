"""From a corpus to a table: what is planned, encoded, reused, rewritten, refused and committed."""
