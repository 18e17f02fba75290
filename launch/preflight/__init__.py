"""Checks whether a runner, its workers and the folders of a job are ready, before anything is submitted in earnest."""
