"""What the pages are made of: their controls, and what the engine found turned into scenes, tables and words."""
