"""The command that links the words of two texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from engine.cli.lines import Skip, each
from engine.cli.reading import Device, Json, Model, dump
from engine.errors import Refused
from engine.inference import load
from engine.schemas.trace import FORMAT, rounded
from engine.store import catalogue
from engine.store.names import shown
from engine.traces import LATEST, Axis, Read, Rows

if TYPE_CHECKING:
    from engine.inference.translator import Translator
    from engine.inference.word_matrices import WordMatrix


class LinkBy(StrEnum):
    """Which source word a target word links to."""

    highest = "highest"
    balanced = "balanced"


class Asked(NamedTuple):
    """How a line is to be read: `later` None leaves that to the model, `link_by` None to the reading."""

    tokenized: bool
    read: Read
    later: int | None
    threshold: float | None
    link_by: LinkBy | None


class Aligned(NamedTuple):
    """The words of a pair, the matrix that its links were read from, these, (source word, target word), and what a row
    of the matrix adds up to."""

    source: Sequence[str]
    target: Sequence[str]
    matrix: Any
    links: set[tuple[int, int]]
    rows: Rows = "sum_to_one"


Aligner = Callable[[Sequence[tuple[str, str]]], list[Aligned]]


def align(
    model: Model,
    tokenized: Annotated[bool, typer.Option("--tokenized", help="Words are what stands between spaces.")] = False,
    read: Annotated[
        Literal["attention", "effect", "consensus"],
        typer.Option(
            help="Where the model looked, which source word each target word needs, or what both say of all models "
            "that it names for its two languages."
        ),
    ] = "attention",
    later: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=LATEST,
            help="Read attention so many steps after the one that wrote a word; by default 0, or what the model was "
            "trained for.",
        ),
    ] = None,
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
    _check(read, later, threshold, link_by, both)
    about: dict[str, Any] = {"format": FORMAT, "model": model, "read": read}
    if read == "consensus":
        aligner, more = _of_all(model, tokenized, device)
    else:
        asked = Asked(tokenized, read, later, threshold, link_by)
        aligner, more = (_of_one if both is None else _of_two)(model, both, asked, device)
    about |= more

    def written(lines: Sequence[str]) -> list[str]:
        return [_object(about, pair) if as_json else _pharaoh(pair) for pair in aligner([*map(_sides, lines)])]

    each(written, skip=skip_refused, as_json=as_json)


def _check(read: str, later: int | None, threshold: float | None, link_by: LinkBy | None, both: str | None) -> None:
    """Raises Refused for options that do not go together."""
    options = {"--later": later, "--threshold": threshold, "--links": link_by, "--both": both}
    named = [name for name, value in options.items() if value is not None]
    if read == "consensus" and named:
        raise Refused("{option} is for one reading, and a consensus is made of several: leave it out.", option=named[0])
    if both is not None and threshold is not None:
        raise Refused("--threshold is for one model: with --both the pairs that are each other's best are linked.")
    if both is not None and link_by is not None:
        raise Refused("--links is for one model: with --both the pairs that are each other's best are linked.")
    if later is not None and read == "effect":
        raise Refused("--later is for attention: the effect on a word is that of the step which writes it.")
    if threshold is not None and not math.isfinite(threshold):
        raise Refused(
            "--threshold must be a number, got {value}; leave it out to link the best alone.", value=threshold
        )


Ready = tuple[Aligner, dict[str, Any]]
"""What aligns, and what JSON says of how it does."""


def _of_one(model: str, both: str | None, asked: Asked, device: str) -> Ready:
    translator = load.translator(model, device, folders=True)
    _check_attention(asked, translator)
    from engine.evaluation.alignment import BALANCED, links

    balanced = BALANCED[asked.read] if asked.link_by is None else asked.link_by is LinkBy.balanced

    def aligner(pairs: Sequence[tuple[str, str]]) -> list[Aligned]:
        return [_aligned(words, words.matrix, linked(words), words.rows) for words in _words(translator, pairs, asked)]

    def linked(words: WordMatrix) -> set[tuple[int, int]]:
        return links(words.matrix, asked.threshold, ends=words.ends, balanced=balanced, rows=words.rows)

    threshold = {} if asked.threshold is None else {"threshold": asked.threshold}
    by = {"linked": (LinkBy.balanced if balanced else LinkBy.highest).value}
    return aligner, _step(translator, asked) | by | threshold


def _of_two(model: str, both: str | None, asked: Asked, device: str) -> Ready:
    translator = load.translator(model, device, folders=True)
    reverse = load.translator(opposite(translator.info, both or "").name, device, folders=True)
    _check_attention(asked, translator, reverse)
    from engine.evaluation.alignment import join, joined

    def aligner(pairs: Sequence[tuple[str, str]]) -> list[Aligned]:
        there = _words(translator, pairs, asked)
        back = _words(reverse, [(target, source) for source, target in pairs], asked)
        aligned = []
        for words, turned in zip(there, back, strict=True):
            _same_words(words, turned)
            ways = words.matrix, turned.matrix, words.rows, turned.rows
            aligned.append(_aligned(words, joined(*ways), join(*ways)))
        return aligned

    return aligner, _step(translator, asked) | {"both": both}


def _of_all(model: str, tokenized: bool, device: str) -> Ready:
    from engine.inference.consensus import consensus

    together = consensus(catalogue.find(model, folders=True), lambda name: load.translator(name, device))

    def aligner(pairs: Sequence[tuple[str, str]]) -> list[Aligned]:
        return [Aligned(*agreed) for agreed in together.align_many(pairs, tokenized=tokenized)]

    return aligner, {"models": list(together.names)}


def _words(translator: Translator, pairs: Sequence[tuple[str, str]], asked: Asked) -> list[WordMatrix]:
    return translator.align_many(pairs, tokenized=asked.tokenized, read=asked.read, later=asked.later)


def _step(translator: Translator, asked: Asked) -> dict[str, int]:
    """How many steps late attention is read."""
    return {"later": translator.info.later if asked.later is None else asked.later} if asked.read == "attention" else {}


def _aligned(words: WordMatrix, matrix: Any, links: set[tuple[int, int]], rows: Rows = "sum_to_one") -> Aligned:
    return Aligned(_labels(words.keys)[: -words.ends], _labels(words.queries), matrix, links, rows)


def _labels(axis: Axis) -> list[str]:
    return list(axis.labels)


def _object(about: dict[str, Any], pair: Aligned) -> str:
    sides = {"source": list(pair.source), "target": list(pair.target)}
    rows = {} if pair.rows == "sum_to_one" else {"rows": pair.rows}
    links = [list(link) for link in sorted(pair.links)]
    return dump({**about, **sides, **rows, "matrix": rounded(pair.matrix), "links": links})


def _pharaoh(pair: Aligned) -> str:
    from engine.data.pairs.pharaoh import to_pharaoh

    return to_pharaoh(pair.links)


def opposite(info: catalogue.ModelInfo, name: str) -> catalogue.ModelInfo:
    """The model that --both names. Raises `Refused` unless it is another one, of the other direction where told."""
    back = catalogue.find(name, folders=True)
    if back.folder.resolve() == info.folder.resolve():
        raise Refused("--both names {name} itself; name a model of the other direction.", name=shown(name))
    directions = [(model.source_language, model.target_language) for model in (info, back)]
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


def _check_attention(asked: Asked, *translators: Translator) -> None:
    """Raises `Refused` for a model that has none, where it is asked for."""
    for translator in translators:
        if asked.read == "attention" and not translator.info.attends:
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
    sizes = (len(forward.queries), len(forward.keys) - forward.ends)
    if sizes != (len(backward.keys) - backward.ends, len(backward.queries)):
        raise Refused("The two models count the words of this pair differently; give words with --tokenized.")
