"""Builds and updates an index: draft, shards, segments, the published version."""
