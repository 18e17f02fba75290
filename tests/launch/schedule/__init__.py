"""Tests of what schedulers are given."""
