"""One self-attention layer of a Transformer taken apart, down to the last number."""
