"""What is published of a head: the exported SavedModel and its lineage."""
