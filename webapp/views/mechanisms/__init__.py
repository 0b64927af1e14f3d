"""The page Mechanisms."""
