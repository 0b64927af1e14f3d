"""A computation taken apart, as Python and as a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.inference.step_by_step.change_codes import code
from engine.inference.step_by_step.mistakes import PADDING
from engine.inference.step_by_step.quantities import Place
from engine.inference.step_by_step.recurrent.small_case import Form
from webapp.shell.as_code import AsCode, Name, call, command, one_line, options, own_models, piped

ROOM = "engine.inference.step_by_step"


@dataclass(frozen=True)
class Made:
    """What was put in the place of computed numbers, and which mistake is made; none where it is empty."""

    numbers: Mapping[Place, float]
    mistake: str = ""

    @property
    def options(self) -> list[str]:
        changes = [f"--change={code(place, number)}" for place, number in self.numbers.items()]
        return [*options({"mistake": self.mistake or None}), *changes]

    @property
    def imports(self) -> list[str]:
        return [f"from {ROOM}.quantities import Place"] if self.numbers else []


def of_step(model: str | None, text: str, form: Form, place: int, made: Made) -> AsCode:
    """Decoding step `place`, from 0, of a translator; without a `model` that of the small case with its `form`."""
    arguments = (place, dict(made.numbers), made.mistake)
    if model is None:
        imports = [f"from {ROOM}.recurrent.opened import opened_small"]
        imports += [f"from {ROOM}.recurrent.small_case import Form", *made.imports]
        parts = {"score": form.score, "window": form.window, "selection": form.selection}
        placement = "fed" if form.feeding else form.placement
        how = options({"step": place + 1, **parts, "placement": placement})
        opened = [f"step = {call('opened_small', form, *arguments)}"]
        return AsCode(_python(imports, opened), command("step", "small", *how, *made.options))
    padding = (PADDING,) if made.mistake == "padding" else ()
    imports = ["from engine.inference.load import translator", *made.imports]
    imports += [f"from {ROOM}.recurrent.opened import opened", f"from {ROOM}.recurrent.walk import walk"]
    opened = [
        f"model = {call('translator', model)}",
        f"way = {call('walk', Name('model'), text, *padding)}",
        f"step = {call('opened', Name('model'), Name('way'), *arguments)}",
    ]
    shown = piped(text, "step", model, *options({"step": place + 1}), *made.options)
    return AsCode(_python(imports, opened), shown, own_models([model]))


def of_layer(model: str | None, text: str, layer: int, head: int, causal: bool, made: Made) -> AsCode:
    """A self-attention layer by way of one of its heads, both from 0; without a `model` the small case."""
    if model is None:
        imports = [*made.imports, f"from {ROOM}.self_attention.opened import opened_small"]
        opened = [f"step = {call('opened_small', head, causal, dict(made.numbers), made.mistake)}"]
        how = options({"head": head + 1, "causal": causal})
        return AsCode(_python(imports, opened), command("step", "small-layer", *how, *made.options))
    padding = (PADDING,) if made.mistake == "padding" else ()
    imports = ["from engine.inference.load import transformer", *made.imports]
    imports += [f"from {ROOM}.self_attention.opened import opened"]
    imports += [f"from {ROOM}.self_attention.reading import layer_of"]
    opened = [
        f"model = {call('transformer', model)}",
        f"layer = {call('layer_of', Name('model'), text, layer, *padding)}",
        f"step = {call('opened', Name('layer'), head, dict(made.numbers), made.mistake)}",
    ]
    shown = piped(text, "step", model, *options({"layer": layer + 1, "head": head + 1}), *made.options)
    return AsCode(_python(imports, opened), shown, own_models([model]))


def of_levels(model: str | None, text: str, sentence: int, bare: bool, made: Made) -> AsCode:
    """Both levels of a hierarchical classifier by way of one sentence, from 0; without a `model` the small case."""
    how = options({"sentence": sentence + 1, "bare": bare})
    arguments = (sentence, dict(made.numbers), made.mistake)
    if model is None:
        imports = [f"from {ROOM}.hierarchy.opened import opened_small", *made.imports]
        opened = [f"step = {call('opened_small', *arguments, bare=bare)}"]
        return AsCode(_python(imports, opened), command("step", "small-levels", *how, *made.options))
    imports = ["from engine.inference.load import classifier", f"from {ROOM}.hierarchy.opened import opened"]
    imports += [f"from {ROOM}.hierarchy.text import text_of", *made.imports]
    opened = [
        f"model = {call('classifier', model)}",
        f"text = {call('text_of', Name('model'), text)}",
        f"step = {call('opened', Name('text'), *arguments, bare=bare)}",
    ]
    shown = piped(one_line(text), "step", model, *how, *made.options)
    return AsCode(_python(imports, opened), shown, own_models([model]))


def _python(imports: list[str], opened: list[str]) -> str:
    """What is opened, and all its quantities printed."""
    printed = ["for quantity in step.now.quantities:", "    print(quantity.name, quantity.value, sep='\\n')"]
    return "\n".join([*imports, "", *opened, *printed])
