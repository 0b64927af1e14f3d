"""Commands that read text with a model."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.lines import Skip, each
from engine.errors import Refused
from engine.inference import load
from engine.store import catalogue
from engine.store.names import shown

if TYPE_CHECKING:
    from engine.inference.classifier import Classifier
    from engine.inference.translator import Hypothesis, Translation, Translator
    from engine.traces import Axis, Trace

Model = Annotated[str, typer.Argument(help="A name that `models` lists, run:NAME, or a folder (/…, ./…, ../…).")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
FORMAT = 1
DIGITS = 6


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
    as_json: Json = False,
    skip_refused: Skip = False,
    device: Device = "auto",
) -> None:
    """Translate standard input, one sentence a line."""
    translator = load.translator(model, device, folders=True)

    def work(texts: Sequence[str]) -> Sequence[str]:
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
    device: Device = "auto",
) -> None:
    """Classify standard input, one document a line (<br /> parts its paragraphs); prints labels."""
    classifier = load.classifier(model, device, folders=True)

    def work(texts: Sequence[str]) -> Sequence[str]:
        found = classifier.probabilities([classifier.document(text) for text in texts])
        labels = [classifier.labels[i] for i in found.argmax(1)]
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
            for text, label, p in zip(texts, labels, found, strict=True)
        ]

    if table is not None:
        from engine.cli.table_file import each_row

        each_row(table, sheet, classifier.labels, work)
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
    skip_refused: Skip = False,
    device: Device = "auto",
) -> None:
    """Show what the model makes of each line of standard input and where it looked; one JSON object a line.

    A classifier has a trace over the sentences, where it reads them apart, and then one over the words of each. With
    --heads, and always for hf:organisation/name, folder:NAME and language models, there is one for each kind of
    attention. A model that sees takes the path of a picture in each line.
    """
    about: dict[str, Any] = {"format": FORMAT, "model": model}
    if heads or catalogue.foreign_name(model, folders=True) or catalogue.find(model, folders=True).task == "language":
        from engine.cli.heads import described

        transformer = load.transformer(model, device, folders=True)
        languages = (source_language, target_language)
        one, about["weights_sha256"] = described(transformer, target, _trace, languages), transformer.weights_sha256
    else:
        if source_language or target_language:
            raise Refused("This model has no tokens for languages, so none can be chosen: leave the languages out.")
        info = catalogue.find(model, folders=True)
        about["weights_sha256"] = info.weights_sha256
        one = _reader(info.task, model, target, device)
    each(lambda texts: [dump({**about, "text": text, **one(text)}) for text in texts], skip=skip_refused, as_json=True)


def _reader(task: str, model: str, target: str | None, device: str) -> Callable[[str], dict[str, Any]]:
    if task != "classification":
        return _of_sentence(load.translator(model, device, folders=True), target)
    if target is not None:
        raise Refused("--target is for models that translate; {name} classifies.", name=shown(model))
    return _of_document(load.classifier(model, device, folders=True))


def _of_sentence(translator: Translator, target: str | None) -> Callable[[str], dict[str, Any]]:
    def one(text: str) -> dict[str, Any]:
        found = translator.translate(text, target=target)
        return {
            "output": {"text": found.output.text, "tokens": _tokens(found.output)},
            "traces": [_trace(found.trace)],
        }

    return one


def _of_document(classifier: Classifier) -> Callable[[str], dict[str, Any]]:
    """The answer stands as an output of one token, whose candidates are all labels."""

    def one(text: str) -> dict[str, Any]:
        found = classifier.read(text)
        logs = [round(math.log(max(p, 1e-300)), DIGITS) for p in found.probabilities]
        order = sorted(range(len(logs)), key=lambda i: -logs[i])
        candidates = [{"token": found.labels[i], "logprob": logs[i]} for i in order]
        traces = [*([] if found.sentences is None else [found.sentences]), *found.words]
        spans = [
            {"start": s.start, "end": s.end, "words": [list(w) for w in s.words]} for s in found.document.sentences
        ]
        return {
            "text": found.document.text,  # in which the sentences and words stand where they are said to
            "output": {"text": found.labels[order[0]], "tokens": [{**candidates[0], "candidates": candidates}]},
            "probabilities": _shares(classifier, found.probabilities),
            "sentences": spans,
            **({} if found.cut is None else {"cut": list(found.cut)}),
            "traces": [_trace(one) for one in traces],
        }

    return one


def _shares(classifier: Classifier, probabilities: Iterable[float]) -> dict[str, float]:
    return {label: round(float(p), DIGITS) for label, p in zip(classifier.labels, probabilities, strict=True)}


def _translated(found: Translation) -> dict[str, Any]:
    outputs = [
        {"text": one.text, "logprob": round(one.logprob, DIGITS), "score": round(one.score, DIGITS)}
        for one in found.hypotheses
    ]
    return {"format": FORMAT, "text": found.text, "output": found.output.text, "hypotheses": outputs}


def _tokens(output: Hypothesis) -> list[dict[str, Any]]:
    return [
        {
            "token": token.text,
            "logprob": round(token.logprob, DIGITS),
            "candidates": [{"token": c.text, "logprob": round(c.logprob, DIGITS)} for c in token.candidates],
        }
        for token in output.tokens
    ]


def _trace(found: Trace) -> dict[str, Any]:
    scores = None if found.scores is None else rounded(found.scores)
    sides = {"queries": _axis(found.queries), "keys": _axis(found.keys)}
    return {"kind": found.kind, **sides, "weights": rounded(found.weights), "scores": scores}


def _axis(side: Axis) -> dict[str, Any]:
    return side.facts()


def rounded(values: Any) -> Any:
    return values.astype(float).round(DIGITS).tolist()


def dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
