"""Text to pieces, pieces back to words."""
