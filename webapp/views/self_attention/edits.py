"""Changes to attention as ids that stand in links, such as "mute-encoder-3-5" or "temperature-cross-0-0-50".

Layers, heads and positions count from 1; 0 stands for all of them. A temperature is in hundredths.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.capture.edits import Change, Edits, Mute, Permute, Pin, Temperature, Uniform
from webapp.i18n import N_, t
from webapp.shell.view import Field

KINDS = {"encoder": N_("Encoder"), "decoder": N_("Decoder"), "cross": N_("Cross")}
CHANGES = {
    "mute": N_("Mute"),
    "uniform": N_("Uniform"),
    "permute": N_("Shuffle"),
    "temperature": N_("Temperature"),
    "pin": N_("Pin"),
}
MEANING = {
    "mute": N_("The head's output is set to zero, as if it were pruned."),
    "uniform": N_("The head attends to every position it may see equally."),
    "permute": N_("The weights of each row are shuffled at random."),
    "temperature": N_("Below 1 attention is sharper, above 1 it is more even."),
    "pin": N_("One row attends to one column only."),
}
MOST = 20  # changes at a time
HOTTEST = 1000  # hundredths of a temperature
NUMBERS = {"mute": 0, "uniform": 0, "permute": 1, "temperature": 1, "pin": 2}  # that follow layer and head
_NUMBER = re.compile(r"0|[1-9][0-9]{0,3}", re.ASCII)


def field(param: str) -> Field:
    """The changes of a view; none by default."""

    def read(value: str) -> list[str]:
        codes = value.split(".") if value else []
        if len(codes) > MOST:
            raise ValueError("too many changes")
        for code in codes:
            change(code)
        return codes

    return Field(param, [], read, ".".join)


def code(name: str, kind: str, layer: int | None, head: int | None, *numbers: int) -> str:
    """A change as an id; layer and head count from 0, None for all of them."""
    places = [0 if place is None else place + 1 for place in (layer, head)]
    return "-".join([name, kind, *map(str, (*places, *numbers))])


def change(code: str) -> Change:
    """What an id stands for. ValueError for one that stands for nothing."""
    name, _, rest = code.partition("-")
    kind, *parts = rest.split("-")
    if (
        name not in NUMBERS
        or kind not in KINDS
        or len(parts) != 2 + NUMBERS[name]
        or not all(map(_NUMBER.fullmatch, parts))
    ):
        raise ValueError("no change")
    layer, head, *numbers = map(int, parts)
    where = (kind, layer - 1 if layer else None, head - 1 if head else None)
    if name == "temperature" and 1 <= numbers[0] <= HOTTEST:
        return Temperature(*where, value=numbers[0] / 100)  # type: ignore[arg-type]
    if name == "pin" and min(numbers) > 0:
        return Pin(*where, query=numbers[0] - 1, key=numbers[1] - 1)  # type: ignore[arg-type]
    if name == "permute":
        return Permute(*where, seed=numbers[0])  # type: ignore[arg-type]
    if name in ("mute", "uniform"):
        return (Mute if name == "mute" else Uniform)(*where)  # type: ignore[arg-type]
    raise ValueError("no change")


def edits(codes: Sequence[str]) -> Edits:
    return Edits(tuple(map(change, codes)))


def in_words(code: str) -> str:
    """A change in words."""
    made = change(code)
    name = t(CHANGES[code.partition("-")[0]])
    if isinstance(made, Temperature):
        name = f"{name} {made.value:g}"
    if isinstance(made, Pin):
        name = f"{name} {made.query + 1} → {made.key + 1}"
    kind = t(KINDS[made.kind])
    if made.layer is None:
        where = t("all layers")
    elif made.head is None:
        where = t("layer {layer}").format(layer=made.layer + 1)
    else:
        where = t("layer {layer} · head {head}").format(layer=made.layer + 1, head=made.head + 1)
    return f"{name}: {kind}, {where}"
