"""Self-attention over a picture."""
