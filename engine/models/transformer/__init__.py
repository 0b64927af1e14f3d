"""Transformers, built by the transformers library."""
