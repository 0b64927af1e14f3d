"""Tables that visitors bring: how they are written, their cells and their labels."""
