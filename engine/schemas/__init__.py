"""JSON Schemas of what is written for programs, and what writes a trace by them."""
