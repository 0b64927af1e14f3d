"""What is shown: scenes, and the one writer that draws them."""
