"""A head, or a reading of all heads, as Python and as a command: of a text, or of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.capture.edit_codes import edits
from webapp.i18n import N_
from webapp.shell.as_code import ENGINE, AsCode, Name, call, options, own_models, piped

ALL_HEADS = N_("The command line gives one head at a time; `trace` with --heads gives all of them.")
PICTURE = N_("Your picture is not in the code: put its file, by the name that it had, into the folder you start from.")
CELL = N_("How a single weight comes about is in neither; `model.arithmetic` in Python says it.")


@dataclass(frozen=True)
class Drawn:
    """What is open: a kind of attention, and of it a layer and a head from 0, or a `reading` of all heads, of which
    None for the head is their mean; a gradient is taken `of` that output, from 0."""

    kind: str
    layer: int
    head: int | None
    reading: str | None = None
    of: int | None = None


@dataclass(frozen=True)
class Shown:
    """The question of the page and what is open. `form` is as `engine.capture.part.part` takes it; `codes` are changes
    as they stand in links; `cell` is whether a single weight is worked out too."""

    model: str
    text: str
    drawn: Drawn
    pair: str | None = None
    languages: tuple[str | None, str | None] = (None, None)
    codes: tuple[str, ...] = ()
    form: Mapping[str, bool] = field(default_factory=dict)
    cell: bool = False


@dataclass(frozen=True)
class Seen:
    """The same for a picture: a `file`, which is one of our examples where `example` names it, and which position looks
    (from 0; None where the whole matrix is shown)."""

    model: str
    file: str
    drawn: Drawn
    query: int | None
    example: str | None = None
    codes: tuple[str, ...] = ()
    special: bool = True
    cell: bool = False


def of_text(shown: Shown) -> AsCode:
    """All heads of one kind made small, and the open one or the reading as it is shown."""
    source, target = shown.languages
    asked = {"pair": shown.pair, "source_language": source, "target_language": target}
    request: dict[str, object] = {name: value for name, value in asked.items() if value}
    request |= _edited(shown.codes)
    form = {name: value for name, value in shown.form.items() if value is not (name != "words")}
    overview = f"heads = {call('model.overview', Name('looked'), shown.drawn.kind, **form)}"
    lines = [
        *_imports(shown.codes, "part"),
        "",
        f"model = {call('transformer', shown.model)}",
        f"looked = model.look({call('Request', shown.text, **request)})",
        *([overview] if shown.drawn.reading is None else []),
        f"shown = {call('part', Name(_trace(shown.drawn)), **form)}",
        "",
        "print(looked.output.text or looked.output.labels)",
        r"print(shown.queries.labels, shown.keys.labels, shown.numbers.round(4), sep='\n')",
    ]
    left_out = [name for name in ("special", "first", "diagonal") if name in form]
    how = {"words": "words" in form, "leave-out": ",".join(left_out) or None, "target": shown.pair}
    how |= {"source-language": source or None, "target-language": target or None}
    command = piped(shown.text, "head", shown.model, *_opened(shown.drawn), *options(how), *_changes(shown.codes))
    return AsCode("\n".join(lines), command, _missing(shown.drawn, shown.model, shown.cell))


def of_picture(shown: Seen) -> AsCode:
    """Where one position looks in all heads and in the open one, or the whole matrix."""
    special = {} if shown.special else {"special": False}
    image, load = "Path(file).read_bytes()", ["from pathlib import Path", ""]
    if shown.example is not None:
        image, load = call("content", shown.example), []
    request = call("Request", "", image=Name(image), **_edited(shown.codes))
    example = ["from webapp.examples.pictures import content"] if shown.example is not None else []
    function = "part" if shown.query is None else "row"
    trace = Name(_trace(shown.drawn))
    lines = [
        *load,
        *_imports(shown.codes, function),
        *example,
        "",
        *([] if shown.example is not None else [f"file = {shown.file!r}"]),
        f"model = {call('transformer', shown.model)}",
        f"looked = model.look({request})",
    ]
    if shown.query is None:
        lines += [f"shown = {call('part', trace, **special)}", "", "print(shown.keys.labels, shown.numbers.round(4))"]
    else:
        if shown.drawn.reading is None:
            lines.append(f"heads = {call('model.looks', Name('looked'), shown.drawn.kind, shown.query)}")
        lines += [
            f"keys, shown = {call('row', trace, shown.query, **special)}",
            "",
            "print(keys.labels, shown.round(4))",
        ]
    how: dict[str, object] = {"query": None if shown.query is None else shown.query + 1}
    how |= {} if shown.special else {"leave-out": "special"}
    asked = piped(shown.file, "head", shown.model, *_opened(shown.drawn), *options(how), *_changes(shown.codes))
    missing = _missing(shown.drawn, shown.model, shown.cell)
    if shown.example is None:
        return AsCode("\n".join(lines), asked, (PICTURE, *missing))
    return AsCode("\n".join(lines), f"{_written(shown.example, shown.file)}\n{asked}", missing)


def _written(example: str, file: str) -> str:
    """The command that draws one of our pictures into a file."""
    python = f"from webapp.examples.pictures import content; open({file!r}, 'wb').write(content({example!r}))"
    return f'{ENGINE.partition(" ")[0]} -c "{python}"'


def _missing(drawn: Drawn, model: str, cell: bool) -> tuple[str, ...]:
    heads = (ALL_HEADS,) if drawn.reading is None else ()
    return (*heads, *((CELL,) if cell else ()), *own_models([model]))


def _imports(codes: tuple[str, ...], function: str) -> list[str]:
    made = sorted({type(change).__name__ for change in edits(codes).changes})
    changed = [f"from engine.capture.edits import {', '.join(['Edits', *made])}"] if codes else []
    return [
        *changed,
        f"from engine.capture.part import {function}",
        "from engine.capture.request import Request",
        "from engine.inference.load import transformer",
    ]


def _edited(codes: tuple[str, ...]) -> dict[str, object]:
    return {"edits": edits(codes)} if codes else {}


def _trace(drawn: Drawn) -> str:
    """The matrix that is open."""
    looked = Name("looked")
    if drawn.reading is None:
        return call("model.head", looked, drawn.kind, drawn.layer, drawn.head)
    of = {} if drawn.of is None else {"of": drawn.of}
    whole = call("model.reading", looked, drawn.reading, drawn.kind, **of)
    return f"{whole}.{call('only', drawn.layer, *([] if drawn.head is None else [drawn.head]))}"


def _opened(drawn: Drawn) -> list[str]:
    counted = {"layer": drawn.layer, "head": drawn.head, "of": drawn.of}
    places = {name: None if place is None else place + 1 for name, place in counted.items()}
    return options({"kind": drawn.kind, "reading": drawn.reading, **places})


def _changes(codes: tuple[str, ...]) -> list[str]:
    return [f"--edit={code}" for code in codes]
