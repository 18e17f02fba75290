"""Keeps tables, models and indexes fresh that one job file describes."""
