"""Commands that read text with a model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import changing, documents
from engine.cli.documents import Wanted
from engine.cli.head_parts import Part, numbers
from engine.cli.lines import Skip, each
from engine.cli.notes import note
from engine.errors import Refused
from engine.inference import load
from engine.schemas import trace as writer
from engine.schemas.trace import DIGITS, FORMAT
from engine.store import catalogue
from engine.store.names import shown

if TYPE_CHECKING:
    from engine.attention.imposed import Imposed
    from engine.inference.classifier import Classifier
    from engine.inference.translation import Translation
    from engine.inference.translator import Translator

Model = Annotated[str, typer.Argument(help="A name that `models` lists, run:NAME, or a folder (/…, ./…, ../…).")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]


def models(as_json: Json = False) -> None:
    """List the models that can be used."""
    for info in catalogue.models():
        if as_json:
            described = {"name": info.name, "task": info.task, "folder": str(info.folder), "config": info.config}
            languages = {"source_language": info.source_language, "target_language": info.target_language}
            typer.echo(dump({**described, **languages, "metrics": info.metrics, "training": info.training}))
        else:
            typer.echo(info.name)


def translate(
    model: Model,
    beam: Annotated[int, typer.Option(help="How many outputs are followed at once; 1 is greedy.")] = 1,
    normalise: Annotated[
        bool,
        typer.Option(
            "--normalise", help="Read case, apostrophes and final marks as in the texts the model learnt from."
        ),
    ] = False,
    as_json: Json = False,
    skip_refused: Skip = False,
    device: Device = "auto",
) -> None:
    """Translate standard input, one sentence a line."""
    translator = load.translator(model, device, folders=True)

    def work(texts: Sequence[str]) -> Sequence[str]:
        if normalise:
            texts = [translator.normalised(text).text if text.strip() else text for text in texts]
        if not as_json:
            return translator.translate_many(texts, beam)
        return [dump(_translated(translator.translate(text, beam=beam, nbest=beam))) for text in texts]

    each(work, skip=skip_refused, as_json=as_json)


def classify(
    model: Model,
    as_json: Json = False,
    skip_refused: Skip = False,
    table: Annotated[
        Path | None, typer.Option(help="A table of texts to read instead: CSV, TSV, JSON lines or XLSX.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Which sheet of a workbook; else the first with anything.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a table that is text, such as utf-8; else guessed.")] = None,
    names: Annotated[
        bool | None, typer.Option(help="Whether the first line of the table names its columns; else guessed.")
    ] = None,
    column: Annotated[int | None, typer.Option(min=1, help="Which column holds the texts; else guessed.")] = None,
    device: Device = "auto",
) -> None:
    """Classify standard input, one document a line (<br /> parts its paragraphs); prints labels."""
    if table is None and any(each is not None for each in (sheet, encoding, names, column)):
        raise Refused(
            "--sheet, --encoding, --names and --column say how --table is read: add --table, or leave them out."
        )
    classifier = load.classifier(model, device, folders=True)

    def work(texts: Sequence[str]) -> Sequence[str]:
        likelihoods = classifier.probabilities([classifier.document(text) for text in texts])
        labels = [classifier.labels[i] for i in likelihoods.argmax(1)]
        if not as_json:
            return labels
        return [
            dump(
                {
                    "format": FORMAT,
                    "model": model,
                    "text": text,
                    "label": label,
                    "probabilities": _shares(classifier, p),
                }
            )
            for text, label, p in zip(texts, labels, likelihoods, strict=True)
        ]

    if table is not None:
        from engine.cli.table_file import Layout, each_row

        each_row(table, Layout(sheet, encoding, names, column), classifier.labels, work)
        return
    each(work, skip=skip_refused, as_json=as_json)


def trace(
    model: Model,
    target: Annotated[
        str | None, typer.Option(help="Make a translator say this; with --heads also the second text of an encoder.")
    ] = None,
    heads: Annotated[bool, typer.Option("--heads", help="Every head of every layer of a Transformer.")] = False,
    source_language: Annotated[
        str | None,
        typer.Option(help="Of a multilingual translator: the text's language, as the model writes its code."),
    ] = None,
    target_language: Annotated[
        str | None, typer.Option(help="The same for the language that it is to write, such as fra_Latn, fr_XX or fr.")
    ] = None,
    layers: Annotated[str | None, typer.Option(help="Of a Transformer only these layers, such as 1-3,7.")] = None,
    only_heads: Annotated[str | None, typer.Option(help="Of each layer only these heads, such as 1,4-6.")] = None,
    digits: Annotated[int, typer.Option(min=1, max=9, help="Digits after the point, of a Transformer.")] = 6,
    npz: Annotated[
        Path | None,
        typer.Option(help="Write the heads into this file, as uint8 of each row's largest, layer by layer."),
    ] = None,
    mute: changing.Mute = None,
    uniform: changing.Uniform = None,
    permute: changing.Permute = None,
    pin: changing.Pin = None,
    shade: documents.Shading = None,
    without: documents.Without = None,
    reweigh: documents.Reweigh = None,
    skip_refused: Skip = False,
    device: Device = "auto",
) -> None:
    """Show what the model makes of each line of standard input and where it looked; one JSON object a line.

    A classifier has a trace over the sentences, where it reads them apart, and then one over the words of each. With
    --heads, and always for hf:organisation/name, folder:NAME and language models, there is one for each kind of
    attention. A model that sees takes the path of a picture in each line. Of a recurrent translator attention can be
    changed, by numbers of steps and positions from 1: what becomes of the translation then stands under `imposed`.
    """
    imposed = changing.asked(mute=mute, uniform=uniform, permute=permute, pin=pin)
    document = documents.asked(shade, without, reweigh)
    languages = (source_language, target_language)
    if heads or catalogue.foreign_name(model, folders=True) or catalogue.find(model, folders=True).task == "language":
        changing.refuse(imposed)
        documents.refuse(document)
        _trace_heads(model, target, languages, (layers, only_heads, digits), npz, skip_refused, device)
        return
    if layers or only_heads or npz:
        raise Refused("--layers, --only-heads and --npz are for the heads of a Transformer: add --heads.")
    if any(languages):
        raise Refused("This model has no tokens for languages, so none can be chosen: leave the languages out.")
    _trace_text(model, target, imposed, document, skip_refused, device)


def _trace_heads(
    model: str,
    target: str | None,
    languages: tuple[str | None, str | None],
    wanted: tuple[str | None, str | None, int],
    npz: Path | None,
    skip: bool,
    device: str,
) -> None:
    """Every head of a Transformer; `wanted` are layers, heads and digits as they were typed."""
    from engine.cli.head_files import heads_file
    from engine.cli.heads import described

    layers, heads, digits = wanted
    part = Part(numbers("--layers", layers), numbers("--only-heads", heads), digits)
    transformer = load.transformer(model, device, folders=True)
    about = {"format": FORMAT, "model": model, "weights_sha256": transformer.weights_sha256}
    with heads_file(npz) as file:
        _print_traces(about, described(transformer, target, languages, part, file), skip)


def _trace_text(
    model: str, target: str | None, imposed: Imposed | None, document: Wanted, skip: bool, device: str
) -> None:
    """What a translator or a classifier makes of its text."""
    info = catalogue.find(model, folders=True)
    about = {"format": FORMAT, "model": model, "weights_sha256": info.weights_sha256}
    _print_traces(about, _reader(info.task, model, target, device, imposed, document), skip)


def _print_traces(about: dict[str, Any], describe: Callable[[str], dict[str, Any]], skip: bool) -> None:
    """One object a line: what is said of the model, the text, and what the model made of it."""
    each(lambda texts: [dump({**about, "text": text, **describe(text)}) for text in texts], skip=skip, as_json=True)


def _reader(
    task: str, model: str, target: str | None, device: str, imposed: Imposed | None, document: Wanted
) -> Callable[[str], dict[str, Any]]:
    if task != "classification":
        documents.refuse(document)
        translator = load.translator(model, device, folders=True)
        if not translator.info.attends:
            note(f"{shown(model)} has no attention: its objects say so and hold no traces")
        return _of_sentence(translator, target, imposed)
    if target is not None:
        raise Refused("--target is for models that translate; {name} classifies.", name=shown(model))
    changing.refuse(imposed)
    return documents.described(load.classifier(model, device, folders=True), document)


def _of_sentence(
    translator: Translator, target: str | None, imposed: Imposed | None
) -> Callable[[str], dict[str, Any]]:
    from engine.inference.imposed import impose

    def described(text: str) -> dict[str, Any]:
        translation = translator.translate(text, target=target)
        changed = {} if imposed is None else {"imposed": writer.imposition(impose(translator, translation, imposed))}
        return {**writer.translation(translation), **changed}

    return described


def _shares(classifier: Classifier, probabilities: Iterable[float]) -> dict[str, float]:
    return {label: round(float(p), DIGITS) for label, p in zip(classifier.labels, probabilities, strict=True)}


def _translated(translation: Translation) -> dict[str, Any]:
    outputs = [
        {
            "text": hypothesis.text,
            "logprob": round(hypothesis.logprob, DIGITS),
            "score": round(hypothesis.score, DIGITS),
        }
        for hypothesis in translation.hypotheses
    ]
    return {"format": FORMAT, "text": translation.text, "output": translation.output.text, "hypotheses": outputs}


def dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
