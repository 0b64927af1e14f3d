"""The CARD.md of each kind of model, from its metrics."""
