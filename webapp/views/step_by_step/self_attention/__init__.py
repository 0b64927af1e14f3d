"""A self-attention layer, on the page Step by step."""
