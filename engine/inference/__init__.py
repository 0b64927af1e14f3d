"""What can be asked: models with their tokenizers, opened by name."""
