"""Runs jobs on Dataflow: images of workers, profiles with and without GPUs, and a Flex Template."""
