"""The page Several texts."""
