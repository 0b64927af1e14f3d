"""Texts, files and models that nobody meant: thousands of them, each answered or refused in a sentence."""
