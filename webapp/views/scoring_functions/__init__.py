"""The page Scoring functions."""
