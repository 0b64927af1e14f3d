"""Both levels of a hierarchical attention network taken apart, down to the last number."""
