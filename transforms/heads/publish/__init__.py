"""Writes what is published of a head: the exported SavedModel, its lineage and its report."""
