"""The page Start here."""
