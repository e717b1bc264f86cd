"""The limits, measured as ratios in one run: `make bench`."""
