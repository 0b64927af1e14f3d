"""Corpora that people bring: which rows of a table can be learnt from, and where they are stored."""
