"""The page Batch: a table of texts in, the same table with a classifier's answers out."""
