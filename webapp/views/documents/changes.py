"""What a visitor does to a document: sentences switched off or rewritten, one step back and forth again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from engine.errors import Refused
from webapp.i18n import say
from webapp.shell import typed
from webapp.shell.view import View

if TYPE_CHECKING:
    from engine.text.document import Document

STEPS = 40
CHARACTERS = 2_000_000  # that the steps of one visitor hold together
Cut = Callable[[str], "Document"]


@dataclass(frozen=True)
class Version:
    """A text, the numbers (from 1) of its sentences that are off, and the text as it came where it was rewritten."""

    text: str
    off: tuple[int, ...] = ()
    before: str = ""

    @property
    def original(self) -> str:
        return self.before or self.text

    @property
    def changed(self) -> bool:
        return bool(self.off) or self.original != self.text


@dataclass
class Steps:
    """Where a visitor was before this version, and where they went back from."""

    past: list[Version] = field(default_factory=list)
    future: list[Version] = field(default_factory=list)
    refused: int = 0  # changes that were not made, which the widgets must forget


def now(view: View) -> Version:
    """What the page shows."""
    return Version(typed.passage(view["text"]), tuple(view["off"]), view["before"])


def steps(view: View) -> Steps:
    """The steps of this visitor."""
    history: Steps = st.session_state.setdefault(view.key("steps"), Steps())
    return history


def begin(view: View) -> None:
    """Another text: nothing of it is off, and there is nothing to take back."""
    view["off"], view["before"] = [], ""
    st.session_state[view.key("steps")] = Steps()


def take(view: View, version: Version) -> None:
    """Go on to another version of the text."""
    if version == now(view):
        return
    kept = steps(view)
    kept.past.append(now(view))
    kept.future.clear()
    while len(kept.past) > 1 and (len(kept.past) > STEPS or sum(len(v.text) for v in kept.past) > CHARACTERS):
        del kept.past[0]
    _show(view, version)


def undo(view: View) -> None:
    """One step back, if there is one."""
    kept = steps(view)
    if kept.past:
        kept.future.append(now(view))
        _show(view, kept.past.pop())


def redo(view: View) -> None:
    """The step forward again that was taken back last, if there is one."""
    kept = steps(view)
    if kept.future:
        kept.past.append(now(view))
        _show(view, kept.future.pop())


def reset(view: View) -> None:
    """The text as it came, all of it read; this too can be taken back."""
    take(view, Version(now(view).original))


def act(view: View, key: str, cut: Cut) -> None:
    """Do what was done in the figure `key`: anything that does not fit this text is passed over."""
    asked = getattr(st.session_state.get(key), "act", None)
    attempt(view, lambda: done(now(view), asked, cut))


def attempt(view: View, change: Callable[[], Version | None]) -> None:
    """Go on to the version that `change` gives, if any; where it refuses, the next run says so."""
    try:
        wanted = change()
    except Refused as reason:
        view.notes = [say(reason)]
        steps(view).refused += 1
        return
    if wanted is not None:
        take(view, wanted)


def edited(version: Version, rows: Any, cut: Cut) -> Version | None:
    """The version after what was edited in the table: `{row: {"read": False, "text": "..."}}`, rows from 0."""
    if not isinstance(rows, dict):
        return None
    changed: Version | None = None
    # From the end, so that a sentence that becomes two does not move those that are still to come.
    for row, cells in sorted(rows.items(), reverse=True):
        for asked in ({"do": "on" if cells["read"] else "off"} if "read" in cells else {}, {"text": cells.get("text")}):
            changed = done(changed or version, {"sentence": int(row) + 1, **asked}, cut) or changed
    return changed


def done(version: Version, asked: Any, cut: Cut) -> Version | None:
    """The version after `{"sentence": n, "do": "off" | "on"}` or `{"sentence": n, "text": "..."}`; None for others."""
    if not isinstance(asked, dict) or type(asked.get("sentence")) is not int:
        return None
    document = cut(version.text)
    number, text = asked["sentence"], asked.get("text")
    if not 1 <= number <= len(document.sentences):
        return None
    if isinstance(text, str):
        return rewritten(version, document, number, text, cut)
    if asked.get("do") in ("off", "on"):
        return switched(version, number, asked["do"] == "on", len(document.sentences))
    return None


def switched(version: Version, number: int, on: bool, count: int) -> Version:
    """One sentence off or on again. Raises Refused where none of `count` would be left."""
    off = set(version.off) - {number} if on else {*version.off, number}
    off = {n for n in off if n <= count}
    if len(off) == count:
        raise Refused("One sentence at least must be left for the model to read.")
    return replace(version, off=tuple(sorted(off)))


def rewritten(version: Version, document: Document, number: int, text: str, cut: Cut) -> Version:
    """Another text for one sentence, none to delete it; the others stay what they are, and on or off as they were.

    Where a neighbour would become part of the new sentence, or that of a neighbour, as where it ends without a stop, a
    line break parts them.
    """
    place = document.sentences[number - 1]
    before, after = document.text[: place.start], document.text[place.end :]
    text = typed.passage(text).replace("\n", " ").strip()
    for first, last in (("", ""), ("", "\n"), ("\n", ""), ("\n", "\n")):
        whole = f"{before}{first}{text}{last}{after}"
        shift = len(whole) - len(document.text)
        others = {
            k + 1: (s.start, s.end) if k < number - 1 else (s.start + shift, s.end + shift)
            for k, s in enumerate(document.sentences)
            if k != number - 1
        }
        spans = [(s.start, s.end) for s in cut(whole).sentences]
        if set(others.values()) <= set(spans):
            break
    was_off = {span for k, span in others.items() if k in version.off}
    off = tuple(k for k, span in enumerate(spans, 1) if span in was_off)
    return Version(whole, () if len(off) == len(spans) else off, version.original)


def _show(view: View, version: Version) -> None:
    view["text"], view["off"], view["before"] = version.text, list(version.off), version.before
