"""Keeps tables small and clean: few parts, few old versions, nothing that somebody asked to forget."""
