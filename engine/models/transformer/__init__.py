"""Attention of any Hugging Face Transformer: captured, read in several ways, and changed on purpose."""
