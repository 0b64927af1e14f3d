"""What visitors type, made safe to show and to send."""

from __future__ import annotations

from engine.text.given import entered
from webapp.figures.drawing.typeset import legal

LONGEST_TEXT = 50_000  # characters that are looked at; the engine reads far fewer and says so
LONGEST_PASSAGE = 250_000  # the same for a document, so that one which is too long is told how long it is


def passage(typed: str) -> str:
    """Several lines as they were typed, their length bounded, with what cannot be shown or sent marked."""
    return legal(entered(typed[:LONGEST_PASSAGE]).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def clean(typed: str) -> str:
    """Typed text, its length bounded, with what cannot be shown or sent (controls, lone surrogates) marked."""
    return legal(entered(typed[:LONGEST_TEXT]).replace("\t", " ").replace("\r", " ").replace("\n", " "))
