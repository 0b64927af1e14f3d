"""The command that links the words of two texts."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.lines import Skip, each
from engine.cli.reading import Device, Json, Model, dump
from engine.errors import Refused
from engine.inference import load
from engine.schemas.trace import FORMAT, rounded
from engine.store import catalogue
from engine.store.names import shown
from engine.traces import Read

if TYPE_CHECKING:
    from engine.inference.translator import Translator
    from engine.inference.word_matrices import WordMatrix


class LinkBy(StrEnum):
    """Which source word a target word links to."""

    highest = "highest"
    balanced = "balanced"


def align(
    model: Model,
    tokenized: Annotated[bool, typer.Option("--tokenized", help="Words are what stands between spaces.")] = False,
    read: Annotated[
        Read, typer.Option(help="Where the model looked, or which source word each target word needs.")
    ] = "attention",
    threshold: Annotated[
        float | None,
        typer.Option(help="Also link every source word above this: a share with attention, nats with effect."),
    ] = None,
    link_by: Annotated[
        LinkBy | None,
        typer.Option(
            "--links",
            help="The source word of highest value, or of highest value as a share of its row and of its column; "
            "by default the first with attention and the second with effect.",
        ),
    ] = None,
    both: Annotated[str | None, typer.Option(help="A model of the other direction to join with.")] = None,
    as_json: Json = False,
    skip_refused: Skip = False,
    device: Device = "auto",
) -> None:
    """Link the words of standard input, "source TAB target" a line; prints Pharaoh links i-j, source-target from 0."""
    if both is not None:
        _check_for_two(threshold, link_by)
    if threshold is not None and not math.isfinite(threshold):
        raise Refused(
            "--threshold must be a number, got {value}; leave it out to link the best alone.", value=threshold
        )
    translator = load.translator(model, device, folders=True)
    reverse = None if both is None else load.translator(opposite(translator.info, both).name, device, folders=True)
    if read == "attention":
        _check_attention(translator, *([reverse] if reverse is not None else []))
    from engine.evaluation.alignment import BALANCED

    about: dict[str, Any] = {"format": FORMAT, "model": model, "read": read}
    balanced = BALANCED[read] if link_by is None else link_by is LinkBy.balanced
    about |= {"linked": (LinkBy.balanced if balanced else LinkBy.highest).value} if both is None else {"both": both}
    about |= {} if threshold is None else {"threshold": threshold}
    linked = _of_one(translator, tokenized, read, threshold, balanced)
    if reverse is not None:
        linked = _of_two(translator, reverse, tokenized, read)

    def written(line: str) -> str:
        words, links, matrix = linked(*_sides(line))
        return _object(about, words, links, matrix) if as_json else _pharaoh(links)

    each(lambda lines: [written(line) for line in lines], skip=skip_refused, as_json=as_json)


def _check_for_two(threshold: float | None, link_by: LinkBy | None) -> None:
    """Raises `Refused` for what only one model can be asked for."""
    if threshold is not None:
        raise Refused("--threshold is for one model: with --both the pairs that are each other's best are linked.")
    if link_by is not None:
        raise Refused("--links is for one model: with --both the pairs that are each other's best are linked.")


Links = set[tuple[int, int]]
Linked = Callable[[str, str], tuple["WordMatrix", Links, Any]]
"""A source and a target to their words, the links of these, and the matrix that they were read from."""


def _of_one(
    translator: Translator,
    tokenized: bool,
    read: Read,
    threshold: float | None,
    balanced: bool,
) -> Linked:
    from engine.evaluation.alignment import links

    def linked(source: str, target: str) -> tuple[WordMatrix, Links, Any]:
        words = translator.align(source, target, tokenized=tokenized, read=read)
        return words, links(words.matrix, threshold, balanced=balanced), words.matrix

    return linked


def _of_two(translator: Translator, reverse: Translator, tokenized: bool, read: Read) -> Linked:
    from engine.evaluation.alignment import join, joined

    def linked(source: str, target: str) -> tuple[WordMatrix, Links, Any]:
        words = translator.align(source, target, tokenized=tokenized, read=read)
        backward = reverse.align(target, source, tokenized=tokenized, read=read)
        _same_words(words, backward)
        return words, join(words.matrix, backward.matrix), joined(words.matrix, backward.matrix)

    return linked


def _object(about: dict[str, Any], words: WordMatrix, links: Links, matrix: Any) -> str:
    sides = {"source": list(words.keys.labels[:-1]), "target": list(words.queries.labels)}
    return dump({**about, **sides, "matrix": rounded(matrix), "links": [list(link) for link in sorted(links)]})


def _pharaoh(links: Links) -> str:
    from engine.evaluation.pharaoh import to_pharaoh

    return to_pharaoh(links)


def opposite(info: catalogue.ModelInfo, name: str) -> catalogue.ModelInfo:
    """The model that --both names. Raises `Refused` unless it is another one, of the other direction where told."""
    back = catalogue.find(name, folders=True)
    if back.folder.resolve() == info.folder.resolve():
        raise Refused("--both names {name} itself; name a model of the other direction.", name=shown(name))
    directions = [(one.source_language, one.target_language) for one in (info, back)]
    (source, target), other = directions
    if None not in (source, target, *other) and other != (target, source):
        raise Refused(
            "{name} goes from {source} to {target}, so --both wants a model from {target} to {source}, and {both} is "
            "none: run `models` to see which there are.",
            name=shown(info.name),
            source=source,
            target=target,
            both=shown(name),
        )
    return back


def _check_attention(*translators: Translator) -> None:
    """Raises `Refused` for a model that has none."""
    for translator in translators:
        if not translator.info.attends:
            raise Refused(
                "{name} has no attention; link words by what each source word does to the output: --read effect.",
                name=shown(translator.name),
            )


def _sides(line: str) -> tuple[str, str]:
    source, tab, target = line.partition("\t")
    if not tab or "\t" in target:
        raise Refused("A line must hold one source, one TAB and one target.")
    if not source.strip() or not target.strip():
        raise Refused("Source and target must both hold a word.")
    return source, target


def _same_words(forward: WordMatrix, backward: WordMatrix) -> None:
    sizes = (len(forward.queries), len(forward.keys) - 1)
    if sizes != (len(backward.keys) - 1, len(backward.queries)):
        raise Refused("The two models count the words of this pair differently; give words with --tokenized.")
