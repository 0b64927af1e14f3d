"""What the Translate page shows, as Python and as commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.attention.imposed_codes import imposed
from webapp.i18n import N_
from webapp.shell.as_code import AsCode, Name, call, options, own_models, piped

CHANGED = N_(
    "What changed attention makes of the translation is in the Python alone; on the command line, `trace` with --pin, "
    "--mute, --uniform or --permute changes the likeliest translation."
)


@dataclass(frozen=True)
class Figure:
    """One figure: what is read, and the model of the other direction that it is joined with. Layer and head count from
    0; None leaves them to the engine. `trained_later` is what the model is read at where nobody says otherwise."""

    read: Literal["attention", "effect", "consensus"]
    back: str | None = None
    by_words: bool = True
    end: bool = False
    layer: int | None = None
    head: int | None = None
    later: int = 0
    trained_later: int = 0


@dataclass(frozen=True)
class Shown:
    """The question of the page and its figures; `target` is a translation that was typed, `candidate` counts from 1.
    `imposed` are changes of attention as they stand in links, `searched` the beam of what is then written anew."""

    model: str
    text: str
    figures: tuple[Figure, ...]
    target: str | None = None
    beam: int = 1
    candidate: int = 1
    imposed: tuple[str, ...] = ()
    searched: int = 1


def as_code(shown: Shown) -> AsCode:
    """The translation and its figures."""
    models = [shown.model, *(figure.back for figure in shown.figures if figure.back)]
    commands = "\n".join(_command(shown, figure) for figure in shown.figures)
    return AsCode(_python(shown), commands, ((CHANGED,) if shown.imposed else ()) + own_models(models))


def _python(shown: Shown) -> str:
    functions = sorted({_function(figure) for figure in shown.figures})
    names = [figure.read for figure in shown.figures]
    asked = Name("model"), Name("translation")
    effect = {"effect": True} if "effect" in names else {}
    changes = imposed(shown.imposed)
    made = ", ".join(sorted({"Imposed", *(type(change).__name__ for change in changes.changes)}))
    lines = [
        *([f"from engine.attention.imposed import {made}"] if shown.imposed else []),
        *(["from engine.inference.imposed import impose"] if shown.imposed else []),
        "from engine.inference.load import translator",
        f"from engine.inference.sentence_maps import {', '.join(functions)}",
        "",
        f"model = {call('translator', shown.model)}",
        f"translation = {call('model.translate', shown.text, **_searched(shown), **effect)}",
        *(f"{figure.read} = {_read(figure)}" for figure in shown.figures),
        *([f"changed = {call('impose', *asked, changes, beam=shown.searched)}"] if shown.imposed else []),
        "",
        "print(translation.output.text)",
        *(["print(changed.new.output.text, changed.rise.round(3))"] if shown.imposed else []),
        f"for figure in [{', '.join(names)}]:",
        r"    print(figure.rows, figure.columns, figure.matrix.round(3), sep='\n')",
    ]
    return "\n".join(lines)


def _searched(shown: Shown) -> dict[str, object]:
    """How the translation is found."""
    if shown.target is not None:
        return {"target": shown.target}
    beam: dict[str, object] = {"beam": shown.beam} if shown.beam > 1 else {}
    return beam | ({"nbest": shown.candidate, "choose": shown.candidate - 1} if shown.candidate > 1 else {})


def _function(figure: Figure) -> str:
    return "together" if figure.read == "consensus" else "one_way" if figure.back is None else "both_ways"


def _read(figure: Figure) -> str:
    translation = Name("translation")
    if figure.read == "consensus":
        return call("together", translation, Name("model.info"), Name("translator"))
    heads: dict[str, object] = {"layer": figure.layer, "head": figure.head, "later": figure.later or None}
    kept = {name: value for name, value in heads.items() if value is not None and figure.read == "attention"}
    if figure.back is not None:
        return call("both_ways", translation, Name(call("translator", figure.back)), figure.read, **kept)
    form: dict[str, object] = {} if figure.by_words else {"by_words": False}
    form |= {"end": True} if figure.end else {}
    return call("one_way", translation, figure.read, **form, **kept)


def _command(shown: Shown, figure: Figure) -> str:
    search: dict[str, object] = {"target": shown.target}
    if shown.target is None:
        search |= {"beam": shown.beam if shown.beam > 1 else None}
        search |= {"candidate": shown.candidate if shown.candidate > 1 else None}
    alone = figure.back is None and figure.read != "consensus"
    how: dict[str, object] = {"read": figure.read, "both": figure.back, **search}
    if figure.read == "attention":
        counted = {"layer": figure.layer, "head": figure.head}
        how |= {name: None if place is None else place + 1 for name, place in counted.items()}
        how |= {"later": figure.later} if figure.later != figure.trained_later else {}
    if alone:
        how |= {"pieces": not figure.by_words, "end": figure.end}
    return piped(shown.text, "map", shown.model, *options(how))
