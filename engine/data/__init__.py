"""Sentence pairs: where they come from, how they are read, and which of them may be learnt from."""
