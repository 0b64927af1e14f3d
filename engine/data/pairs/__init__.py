"""Sentence pairs and links between their words."""
