"""The page Couplets."""
