"""Changes to attention as a view holds them, by the ids of `engine.capture.edit_codes`, and what they are called."""

from __future__ import annotations

from engine.capture.edit_codes import change
from engine.capture.edits import Pin, Temperature
from webapp.i18n import N_, t

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
    "uniform": N_("The head attends equally to every position that it may see."),
    "permute": N_("The weights of each row are shuffled at random among the positions that it may see."),
    "temperature": N_("Below 1 attention is sharper, above 1 it is more even."),
    "pin": N_("One row attends to one column only."),
}


def not_of_one_cell(code: str) -> bool:
    """Whether a change means the same of another text: a pin is of one cell, and another text has other cells."""
    return not isinstance(change(code), Pin)


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
