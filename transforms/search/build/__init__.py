"""How an index is made: draft, shards, segments, the published version; and its updates."""
