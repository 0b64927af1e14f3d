"""The page Without attention."""
