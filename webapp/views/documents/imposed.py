"""Changed weights on the Documents page: how they are said in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.attention import imposed_codes
from engine.attention.imposed import Pin
from engine.attention.imposed_levels import Level, LevelChange, change, code
from webapp.i18n import N_, t, verbatim
from webapp.views.shared import imposed

if TYPE_CHECKING:
    from engine.inference.document_reading import Reading

LEVELS = {"words": N_("Words of a sentence"), "sentences": N_("Sentences")}
CHANGES = {name: imposed.CHANGES[name] for name in ("pin", "uniform", "permute")}
MEANING = {
    "pin": N_("What you choose gets this share of the weight, in equal parts; the rest goes to the others as before."),
    "uniform": N_("All get the same weight."),
    "permute": N_("The weights are shuffled at random."),
}
MOST_NAMED = 4  # words of one change
LONGEST = 40  # characters of a sentence in a menu


def sentence(reading: Reading, number: int) -> str:
    """A sentence in a menu: its number, from 1, and how it begins."""
    place = reading.document.sentences[number]
    words = " ".join(reading.document.text[place.start : place.end].split())
    return f"{number + 1} · {words if len(words) <= LONGEST else f'{words[:LONGEST]}…'}"


def in_words(made: str, reading: Reading) -> str:
    """A change in words, as markdown in which no word passes for markup."""
    level, asked = change(made)
    name = t(CHANGES[imposed.NAMES[type(asked)]])
    if isinstance(asked, Pin) and asked.share < 1:
        name = f"{name} {t('{value} %').format(value=round(100 * asked.share))}"
    if level == "sentences":
        whole = t("all sentences")
        return f"{name}: {_numbered(asked.keys) if isinstance(asked, Pin) else whole}"
    if reading.sentences is None:
        rows = t("the text")
    else:
        rows = _numbered(asked.steps) if asked.steps else t("words of every sentence")
    return f"{name}: {rows}" + (f" → {_words(asked, reading)}" if isinstance(asked, Pin) else "")


def _numbered(numbers: Sequence[int]) -> str:
    listed = ", ".join(str(number + 1) for number in numbers)
    return (t("sentence {numbers}") if len(numbers) == 1 else t("sentences {numbers}")).format(numbers=listed)


def _words(pin: Pin, reading: Reading) -> str:
    """The words that a pin names; where there is no such word, or each of several sentences has its own, its number."""
    if reading.sentences is None:
        there = [word for i in reading.read for word in reading.document.words(i)]
    elif len(pin.steps) != 1:
        numbers = [*(str(key + 1) for key in pin.keys[:MOST_NAMED]), *(["…"] if len(pin.keys) > MOST_NAMED else [])]
        return (t("word {numbers}") if len(pin.keys) == 1 else t("words {numbers}")).format(numbers=", ".join(numbers))
    else:
        (number,) = pin.steps
        there = list(reading.document.words(number)) if number < len(reading.document.sentences) else []
    named = [there[key] if key < len(there) else str(key + 1) for key in pin.keys]
    rest = ["…"] if len(named) > MOST_NAMED else []
    return ", ".join(map(str, map(verbatim, named[:MOST_NAMED] + rest)))


def with_change(codes: Sequence[str], level: Level, added: LevelChange) -> list[str]:
    """The changes with one more, which takes the place of those of its level that it does everywhere."""
    own = _of_level(codes, level)
    kept = imposed.with_change(own, imposed_codes.code(added))[:-1]
    gone = {f"{level}-{each}" for each in own if each not in kept} | {code(level, added)}
    return [*(each for each in codes if each not in gone), code(level, added)]


def fresh_seed(codes: Sequence[str], level: Level, steps: tuple[int, ...]) -> int:
    """A seed that deals the same row anew."""
    return imposed.fresh_seed(_of_level(codes, level), steps)


def _of_level(codes: Sequence[str], level: Level) -> list[str]:
    """The changes of one level as ids of changes of rows."""
    return [each.removeprefix(f"{level}-") for each in codes if each.startswith(f"{level}-")]
