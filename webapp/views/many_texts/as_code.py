"""The answers for a table of texts, as Python and as a command."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.i18n import N_
from webapp.shell.as_code import AsCode, Name, call, command, options, own_models

UPLOADED = N_("Your file is not in the code: put it, by the name that it had, into the folder you start from.")
FIGURES = N_("The command line gives no accuracy and no F1; the Python does.")
REFUSED = N_("Texts that the model cannot read are marked here; the code ends at the first of them with a sentence.")


@dataclass(frozen=True)
class Shown:
    """A file as it was understood: whether its first line names the columns, its encoding or its sheet, the column of
    the texts and that of their labels, from 0. `uploaded` is false for our examples; `refused` where a text could not
    be read."""

    model: str
    file: str
    names: bool
    encoding: str | None
    sheet: str | None
    text: int
    label: int | None = None
    uploaded: bool = True
    refused: bool = False


def as_code(shown: Shown) -> AsCode:
    """Labels and probabilities of every text, and how good they are where the file holds labels."""
    missing = [UPLOADED] if shown.uploaded else []
    missing += [FIGURES] if shown.label is not None else []
    missing += [REFUSED] if shown.refused else []
    how: dict[str, object] = {"table": shown.file, "sheet": shown.sheet, "encoding": shown.encoding}
    how |= {"names" if shown.names else "no-names": True, "column": shown.text + 1, "json": True}
    asked = command("classify", shown.model, *options(how))
    return AsCode(_python(shown), asked, (*missing, *own_models([shown.model])))


def _python(shown: Shown) -> str:
    read: dict[str, object] = {"names": shown.names}
    chosen = {"encoding": shown.encoding, "sheet": shown.sheet}
    read |= {name: value for name, value in chosen.items() if value is not None}
    columns = [shown.text, *([] if shown.label is None else [shown.label])]
    scored = shown.label is not None
    lines = [
        "from pathlib import Path",
        "",
        *(["import numpy as np", ""] if scored else []),
        *(["from engine.data.tables.labels import matched"] if scored else []),
        "from engine.data.tables.table import read, texts",
        *(["from engine.evaluation.classification import confusion, scores"] if scored else []),
        "from engine.inference.load import classifier",
        "",
        f"model = {call('classifier', shown.model)}",
        f"table = {call('read', Name(call('Path', shown.file) + '.read_bytes()'), **read)}",
        f"chosen = {call('texts', Name('table'), *columns)}",
        "probabilities = model.probabilities([model.document(text) for text in chosen.texts])",
        "predicted = probabilities.argmax(1)",
        "for place, number, shares in zip(chosen.rows, predicted, probabilities):",
        "    print(table.numbers[place], model.labels[number], shares.round(6))",
        *(_scored() if scored else []),
    ]
    return "\n".join(lines)


def _scored() -> list[str]:
    return [
        "",
        "meaning = matched(set(chosen.labels), model.labels)",
        "known = [k for k, label in enumerate(chosen.labels) if label in meaning]",
        "truth = np.array([meaning[chosen.labels[k]] for k in known], dtype=int)",
        "measured = scores(confusion(truth, predicted[known], len(model.labels)))",
        "print(measured)",
    ]
