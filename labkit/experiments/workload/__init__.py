"""A workload: programs that use leased keys, run side by side while things happen to them."""
