"""Changed weights on the Documents page: how they are said in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from engine.attention.imposed import Permute, Pin, Uniform
from engine.attention.imposed_levels import Level, LevelChange, change, code
from webapp.i18n import N_, t, verbatim

if TYPE_CHECKING:
    from engine.inference.document_reading import Reading

LEVELS = {"words": N_("Words of a sentence"), "sentences": N_("Sentences")}
CHANGES = {"pin": N_("Pin"), "uniform": N_("Uniform"), "permute": N_("Shuffle")}
MEANING = {
    "pin": N_("What you choose gets this share of the weight, in equal parts; the rest goes to the others as before."),
    "uniform": N_("All get the same weight."),
    "permute": N_("The weights are shuffled at random."),
}
NAMES: Mapping[type, str] = {Uniform: "uniform", Permute: "permute", Pin: "pin"}
MOST_NAMED = 4  # words of one change
SEEDS = 10_000  # that an id can name
LONGEST = 40  # characters of a sentence in a menu


def sentence(reading: Reading, number: int) -> str:
    """A sentence in a menu: its number, from 1, and how it begins."""
    place = reading.document.sentences[number]
    words = " ".join(reading.document.text[place.start : place.end].split())
    return f"{number + 1} · {words if len(words) <= LONGEST else f'{words[:LONGEST]}…'}"


def in_words(made: str, reading: Reading) -> str:
    """A change in words, as markdown in which no word passes for markup."""
    level, asked = change(made)
    name = t(CHANGES[NAMES[type(asked)]])
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
    return t("sentence {numbers}").format(numbers=listed)


def _words(pin: Pin, reading: Reading) -> str:
    """The words that a pin names; where there is no such word, or each of several sentences has its own, its number."""
    if reading.sentences is None:
        there = [word for i in reading.read for word in reading.document.words(i)]
    elif len(pin.steps) != 1:
        numbers = [*(str(key + 1) for key in pin.keys[:MOST_NAMED]), *(["…"] if len(pin.keys) > MOST_NAMED else [])]
        return t("word {numbers}").format(numbers=", ".join(numbers))
    else:
        (number,) = pin.steps
        there = list(reading.document.words(number)) if number < len(reading.document.sentences) else []
    named = [there[key] if key < len(there) else str(key + 1) for key in pin.keys]
    rest = ["…"] if len(named) > MOST_NAMED else []
    return ", ".join(map(str, map(verbatim, named[:MOST_NAMED] + rest)))


def with_change(codes: Sequence[str], level: Level, added: LevelChange) -> list[str]:
    """The changes with one more. It takes the place of an equal one, a pin that of those that would leave it too little
    of its row, and even or shuffled weights that of whatever made the same row so before."""
    dealt = () if isinstance(added, Pin) else _dealt(codes, level, added.steps)
    kept = [each for each in codes if each not in (code(level, added), *dealt)]
    while isinstance(added, Pin) and (old := _in_its_way(kept, level, added)) is not None:
        kept.remove(old)
    return [*kept, code(level, added)]


def fresh_seed(codes: Sequence[str], level: Level, steps: tuple[int, ...]) -> int:
    """A seed that deals the same row anew: the next one after those in force."""
    made = [change(each)[1] for each in _dealt(codes, level, steps)]
    used = {each.seed for each in made if isinstance(each, Permute)}
    return (max(used, default=-1) + 1) % SEEDS


def _dealt(codes: Sequence[str], level: Level, steps: tuple[int, ...]) -> list[str]:
    """What makes the same row even or shuffles it."""
    made = [(each, change(each)) for each in codes]
    return [
        each
        for each, (own, dealt) in made
        if own == level and not isinstance(dealt, Pin) and set(dealt.steps) == set(steps)
    ]


def _in_its_way(codes: Sequence[str], level: Level, new: Pin) -> str | None:
    """The first pin of the same row that names one of its places, or any where they hold too much together."""
    pins: list[tuple[str, Pin]] = []
    for each in codes:
        own, made = change(each)
        if own == level and isinstance(made, Pin) and made.steps == new.steps:
            pins.append((each, made))
    same = [each for each, made in pins if set(made.keys) & set(new.keys)]
    full = sum(made.share for _, made in pins) + new.share > 1 + 1e-6
    return next(iter(same), pins[0][0] if full and pins else None)
