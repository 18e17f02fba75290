"""Evaluates an index on queries with judgements: figures of its rankings, the version before it, the queries that lost."""
