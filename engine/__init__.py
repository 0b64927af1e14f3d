"""Attention models, where they look, and how well that reads as alignment. Never imports streamlit."""

__version__ = "0.1.0"
