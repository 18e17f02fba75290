"""Shared by all packages: errors, progress counters, prefetching, stable hashes, confidence intervals."""
