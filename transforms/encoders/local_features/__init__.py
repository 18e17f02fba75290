"""Encodes images to local features (DELF): an image is many points, each with a descriptor and a place."""
