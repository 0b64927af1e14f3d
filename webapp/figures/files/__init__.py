"""Figures to take along: files of every kind."""
