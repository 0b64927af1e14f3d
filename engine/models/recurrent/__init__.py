"""Recurrent networks: cells, passes over a sequence, encoder and decoder."""
