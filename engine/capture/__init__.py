"""What Transformers looked at: recorded, changed, gathered and read, without a network of its own."""
