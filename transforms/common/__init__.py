"""What every room uses: errors, progress counters, prefetching, stable hashes, confidence intervals."""
