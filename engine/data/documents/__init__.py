"""Texts with a label, and words that people marked in them."""
