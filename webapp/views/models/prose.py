"""A card's own text on the page: headings, paragraphs, lists and tables, and nothing else of markdown.

CARD.md may be anybody's. All its letters are shown as letters: no link, picture, HTML or formula comes out of it but
the formulas of our own mechanisms. What the app has words for is in the visitor's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

from engine.attention import SCORES, SELECTIONS, WINDOWS
from webapp.i18n import N_, escaped, t, unlinked, verbatim
from webapp.shell.typed import passage

MOST_LINES, LONGEST_LINE = 600, 4_000
READINGS = {
    "attention": N_("attention"),
    "attention_step_0": N_("attention, read at the step that writes a word"),
    "attention_step_1": N_("attention, read one step later"),
    "attention_step_2": N_("attention, read two steps later"),
    "effect": N_("effect"),
    "attention_balanced": N_("attention, each value as a share of its row and of its column"),
    "effect_balanced": N_("effect, each value as a share of its row and of its column"),
    "attention_both": N_("attention, both directions joined"),
    "effect_both": N_("effect, both directions joined"),
    "consensus": N_("the consensus of several models"),
    "diagonal": N_("the diagonal, for comparison"),
}
"""What `engine.evaluation.cards.card.READINGS` calls the readings."""
FORMULAS = frozenset(part.formula for table in (SCORES, WINDOWS, SELECTIONS) for part in table.values())
WORDS = frozenset(
    (
        N_("What it learnt from"),
        N_("How to make it again"),
        N_("How well it does"),
        N_("What to keep in mind"),
        N_("What its attention means"),
        N_("Do people mark the same words?"),
        N_("Which head aligns words"),
        N_("what"),
        N_("value"),
        N_("95 % interval"),
        N_("documents"),
        N_("mean"),
        N_("texts"),
        N_("ordered by"),
        N_("true label"),
        N_("BLEU, greedy"),
        N_("BLEU, beam 5"),
        N_("perplexity per piece"),
        N_("bits per character"),
        N_("accuracy %"),
        N_("macro F1 %"),
        N_("TF-IDF of words and pairs with logistic regression, for comparison"),
        N_("AER % by links drawn by people"),
        N_("AER % by links of a statistical aligner"),
        *READINGS.values(),
    )
)
"""What the cards of the engine say again and again."""
_INLINE = re.compile(r"`([^`\n]+)`|\*\*([^*\n]+)\*\*|\$([^$\n]+)\$")
_ITEM = re.compile(r"( {0,6})- (.*)")
_HEADING = re.compile(r"#{1,6} (.*)")
_RULE = re.compile(r"\|[-:| ]+\|")

Kind = Literal["heading", "text", "item", "code", "table"]


@dataclass
class Block:
    """A part of a card: its lines, of a table its rows of cells."""

    kind: Kind
    lines: list[str] = field(default_factory=list)


def show(card: str) -> None:
    """The card below the heading of its section; its own title is left out."""
    for block in blocks(card):
        if block.kind == "heading":
            st.subheader(inline(block.lines[0]), anchor=False)
        elif block.kind == "code":
            st.code("\n".join(block.lines), language=None, wrap_lines=True)
        else:
            st.markdown(markdown(block))


def blocks(card: str) -> list[Block]:
    """The parts of a card in their order."""
    lines = passage(card).split("\n")[:MOST_LINES]
    made: list[Block] = []
    for line in (line[:LONGEST_LINE] for line in lines):
        kind, content = _kind(line)
        if kind is None:
            made.append(Block("text"))  # an empty one: whatever follows begins anew
        elif made and made[-1].kind == kind and made[-1].lines and kind != "heading":
            made[-1].lines.append(content)
        else:
            made.append(Block(kind, [content]))
    whole = [block for block in made if block.lines]
    return whole[1:] if whole and whole[0].kind == "heading" else whole


def _kind(line: str) -> tuple[Kind | None, str]:
    if not line.strip():
        return None, ""
    if match := _HEADING.fullmatch(line):
        return "heading", match[1]
    if match := _ITEM.fullmatch(line):
        return "item", match[1] + match[2]
    if line.startswith("    "):
        return "code", line[4:]
    return ("table", line) if line.startswith("|") and line.rstrip().endswith("|") else ("text", line)


def markdown(block: Block) -> str:
    """Our own markdown around letters that are only letters."""
    if block.kind == "item":
        depths = [len(line) - len(line.lstrip(" ")) for line in block.lines]
        return "\n".join(
            f"{' ' * depth}- {inline(line.strip())}" for depth, line in zip(depths, block.lines, strict=True)
        )
    if block.kind == "table":
        return "\n".join(_rows(block.lines))
    return inline(" ".join(block.lines))


def _rows(lines: list[str]) -> Iterator[str]:
    rows = [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in lines if not _RULE.fullmatch(line)]
    width = max(map(len, rows), default=0)
    for number, row in enumerate(rows):
        cells = [inline(cell) for cell in (*row, *[""] * (width - len(row)))]
        yield "| " + " | ".join(cells) + " |"
        if not number:
            yield "|" + "---|" * width


def inline(text: str) -> str:
    """Code, bold text and our own formulas as such; all else letter by letter."""
    if known := _spoken(text):
        return escaped(known)
    written, end = "", 0
    for match in _INLINE.finditer(text):
        code, bold, formula = match.groups()
        written += unlinked(text[end : match.start()])
        if code:
            written += str(verbatim(code))
        elif bold:
            written += f"**{unlinked(bold)}**"
        else:
            written += f"${formula}$" if formula in FORMULAS else unlinked(match[0])
        end = match.end()
    return written + unlinked(text[end:])


def _spoken(text: str) -> str:
    """A heading or a cell in the visitor's language; empty where the app has no words for all of it."""
    if text in WORDS:
        return t(text)
    figure, parted, of = text.partition(": ")
    return t("{figure}: {of}").format(figure=t(figure), of=t(of)) if parted and {figure, of} <= WORDS else ""
