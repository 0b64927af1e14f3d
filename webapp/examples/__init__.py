"""What pages open with, and offer to try."""
