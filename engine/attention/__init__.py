"""Attention in three pieces: what is scored, what is seen, and how scores become weights."""

from engine.attention.mechanism import Attended, Mechanism
from engine.attention.scores import SCORES, Score
from engine.attention.selection import SELECTIONS, Selection
from engine.attention.windows import WINDOWS, Window

__all__ = ["SCORES", "SELECTIONS", "WINDOWS", "Attended", "Mechanism", "Score", "Selection", "Window"]
