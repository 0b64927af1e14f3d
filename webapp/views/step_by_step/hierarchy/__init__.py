"""Both levels of a hierarchical classifier, on the page Step by step."""
