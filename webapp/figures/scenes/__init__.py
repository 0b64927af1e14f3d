"""What figures show, before it is drawn."""
