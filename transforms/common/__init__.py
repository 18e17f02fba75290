"""What every room uses: errors, progress counters, prefetching, stable hashes, bootstrap intervals."""
