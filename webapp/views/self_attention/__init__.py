"""The page Self-attention."""
