"""Embeds a corpus into a feature table: plans, encodes, reuses, rewrites and commits."""
