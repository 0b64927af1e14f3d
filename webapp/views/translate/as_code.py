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
    `imposed` are changes of attention as they stand in links, `searched` the beam of what is then written anew.
    `judged` says of which layer and head (from 0; None leaves them to the engine) it was asked whether the picture can
    be trusted, `shuffles` whether weights were shuffled for it."""

    model: str
    text: str
    figures: tuple[Figure, ...]
    target: str | None = None
    beam: int = 1
    candidate: int = 1
    imposed: tuple[str, ...] = ()
    searched: int = 1
    judged: tuple[int | None, int | None] | None = None
    shuffles: bool = False


def as_code(shown: Shown) -> AsCode:
    """The translation and its figures."""
    models = [shown.model, *(figure.back for figure in shown.figures if figure.back)]
    commands = [_command(shown, figure) for figure in shown.figures]
    if shown.judged is not None:
        commands.append(piped(shown.text, "trust", shown.model, *options(_how(shown) | _counted(*shown.judged))))
    return AsCode(_python(shown), "\n".join(commands), ((CHANGED,) if shown.imposed else ()) + own_models(models))


def _python(shown: Shown) -> str:
    functions = sorted({_function(figure) for figure in shown.figures})
    names = [figure.read for figure in shown.figures]
    asked = Name("model"), Name("translation")
    effect = {"effect": True} if "effect" in names else {}
    tests = [] if shown.judged is None else ["erasure", *(["shuffled"] if shown.shuffles else [])]
    changes = imposed(shown.imposed)
    made = ", ".join(sorted({"Imposed", *(type(change).__name__ for change in changes.changes)}))
    lines = [
        *([f"from engine.attention.imposed import {made}"] if shown.imposed else []),
        *(["from engine.inference.imposed import impose"] if shown.imposed else []),
        "from engine.inference.load import translator",
        f"from engine.inference.sentence_maps import {', '.join(functions)}",
        *([f"from engine.inference.translation_faithfulness import {', '.join(tests)}"] if tests else []),
        "",
        f"model = {call('translator', shown.model)}",
        f"translation = {call('model.translate', shown.text, **_searched(shown), **effect)}",
        *(f"{figure.read} = {_read(figure)}" for figure in shown.figures),
        *([f"changed = {call('impose', *asked, changes, beam=shown.searched)}"] if shown.imposed else []),
        *_judging(shown),
        "",
        "print(translation.output.text)",
        *(["print(changed.new.output.text, changed.rise.round(3))"] if shown.imposed else []),
        f"for figure in [{', '.join(names)}]:",
        r"    print(figure.rows, figure.columns, figure.matrix.round(3), sep='\n')",
    ]
    if shown.judged is not None:
        lines += ["print(erased.falls, erased.verdicts)", *(["print(others.verdict)"] if shown.shuffles else [])]
    return "\n".join(lines)


def _judging(shown: Shown) -> list[str]:
    """The tests of the picture, if they were asked for."""
    if shown.judged is None:
        return []
    layer, head = shown.judged
    place = {name: value for name, value in (("layer", layer), ("head", head)) if value is not None}
    asked = Name("model"), Name("translation")
    erased = f"erased = {call('erasure', *asked, **place)}"
    return [erased, *([f"others = {call('shuffled', *asked)}"] if shown.shuffles else [])]


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
    alone = figure.back is None and figure.read != "consensus"
    how: dict[str, object] = {"read": figure.read, "both": figure.back, **_how(shown)}
    if figure.read == "attention":
        how |= _counted(figure.layer, figure.head)
        how |= {"later": figure.later} if figure.later != figure.trained_later else {}
    if alone:
        how |= {"pieces": not figure.by_words, "end": figure.end}
    return piped(shown.text, "map", shown.model, *options(how))


def _how(shown: Shown) -> dict[str, object]:
    """How the translation is found, as options."""
    if shown.target is not None:
        return {"target": shown.target}
    beam = shown.beam if shown.beam > 1 else None
    return {"target": None, "beam": beam, "candidate": shown.candidate if shown.candidate > 1 else None}


def _counted(layer: int | None, head: int | None) -> dict[str, object]:
    """A layer and a head counted from 1."""
    return {name: None if place is None else place + 1 for name, place in (("layer", layer), ("head", head))}
