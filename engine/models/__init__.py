"""Models that translate or classify and return where they looked."""
