"""A map of an index: its vectors as points of a plane, near where they are alike, with a cluster for each."""
