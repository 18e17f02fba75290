"""Moves a table of a job, and the models and indexes made of it, to another encoder, and takes that back."""
