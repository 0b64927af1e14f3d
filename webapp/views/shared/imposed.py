"""Changes of attention: how they stand in links, and how they are said in words."""

from __future__ import annotations

from collections.abc import Sequence

from engine.attention.imposed import Change, Mute, Permute, Pin, Uniform
from engine.attention.imposed_codes import change
from engine.traces import Axis
from webapp.i18n import N_, t, verbatim

CHANGES = {"pin": N_("Pin"), "mute": N_("Mute"), "uniform": N_("Uniform"), "permute": N_("Shuffle")}
MEANING = {
    "pin": N_(
        "One word of the translation gives this share of its attention to the chosen source words, in equal "
        "parts; what is left goes to the others as before."
    ),
    "mute": N_("No word of the translation looks at this source word any more; the others share its weight."),
    "uniform": N_("The row looks equally at every source position that it may look at."),
    "permute": N_("The weights of the row are shuffled at random among the source positions that it may look at."),
}
DECODED = {"same": N_("The same translation"), "new": N_("The new translation")}
NAMES = {Mute: "mute", Uniform: "uniform", Permute: "permute", Pin: "pin"}
MOST_NAMED = 4  # words of one change
SEEDS = 10_000  # that an id can name


def places(axis: Axis, word: int) -> tuple[int, ...]:
    """The positions of one word, those that it shares with a neighbour too."""
    return tuple(axis.membership()[word].nonzero()[0].tolist())


def in_words(code: str, queries: Axis, keys: Axis) -> str:
    """A change in words, as markdown in which no word passes for markup."""
    made = change(code)
    name = t(CHANGES[NAMES[type(made)]])
    if isinstance(made, Mute):
        return f"{name}: {_words(made.keys, keys)}"
    rows = _words(made.steps, queries) if made.steps else t("every row")
    if isinstance(made, Pin):
        share = "" if made.share == 1 else " " + t("{value} %").format(value=round(100 * made.share))
        return f"{name}{share}: {rows} → {_words(made.keys, keys)}"
    return f"{name}: {rows}"


def _words(positions: Sequence[int], axis: Axis) -> str:
    """The words that have these positions; where there is no such position, its number."""
    whole, groups = axis.words().labels, axis.groups
    named = [whole[groups[i] - groups[0]] if i < len(axis) else str(i + 1) for i in positions]
    named = list(dict.fromkeys(named))
    rest = ["…"] if len(named) > MOST_NAMED else []
    return ", ".join(map(str, map(verbatim, named[:MOST_NAMED] + rest)))


def with_change(codes: Sequence[str], added: str) -> list[str]:
    """The changes with one more. A pin takes the place of those that would leave it too little of one of its rows, and
    even or shuffled weights that of whatever made the same row so before."""
    new = change(added)
    dealt = _dealt(codes, new.steps) if isinstance(new, Uniform | Permute) else ()
    kept = [code for code in codes if code not in (added, *dealt)]
    while isinstance(new, Pin) and (old := _in_its_way([change(code) for code in kept], new)) is not None:
        del kept[old]
    return [*kept, added]


def fresh_seed(codes: Sequence[str], steps: tuple[int, ...]) -> int:
    """A seed that deals the same row anew: the next one after those in force."""
    made = [change(code) for code in _dealt(codes, steps)]
    used = {each.seed for each in made if isinstance(each, Permute)}
    return (max(used, default=-1) + 1) % SEEDS


def _dealt(codes: Sequence[str], steps: tuple[int, ...]) -> list[str]:
    """What makes the same row even or shuffles it."""
    made = [(code, change(code)) for code in codes]
    return [code for code, dealt in made if isinstance(dealt, Uniform | Permute) and set(dealt.steps) == set(steps)]


def _in_its_way(changes: Sequence[Change], new: Pin) -> int | None:
    """The first pin of one of its rows, where they hold too much together; also one of the same words. A pin that names
    no row is of all."""
    pins = [(k, each) for k, each in enumerate(changes) if isinstance(each, Pin) and _meet(each.steps, new.steps)]
    same = [k for k, each in pins if set(each.keys) & set(new.keys)]
    full = sum(each.share for _, each in pins) + new.share > 1 + 1e-6
    return next(iter(same), pins[0][0] if full and pins else None)


def _meet(some: Sequence[int], others: Sequence[int]) -> bool:
    return not some or not others or bool(set(some) & set(others))
