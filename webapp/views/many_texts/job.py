"""A table of texts on its way through a classifier: what is done, what it came to, and the file that goes back."""

from __future__ import annotations

import csv
import io
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from engine.data.tables import table as table_file
from engine.data.tables.labels import matched
from engine.data.tables.table import Table, Texts
from engine.errors import Refused
from engine.evaluation.classification import confusion
from webapp.figures.files.export import FORMULA
from webapp.gateway.chunks import Chunk

ASSETS = Path(__file__).parents[2] / "assets"
EXAMPLES = {"en": "reviews-en.csv", "zh": "reviews-zh.csv"}
CELL_BYTES = 60  # that a short text takes in memory beside its characters
PREDICTION = "prediction"


@dataclass
class Opened:
    """A file that a visitor opened: its table, and the columns chosen in it. `language` is that of an example."""

    name: str
    content: bytes
    table: Table
    text: int = 0
    label: int | None = None
    language: str | None = None
    jobs: dict[tuple[str, str, int], Job] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes in memory, about: a workbook is packed, so its cells are counted and not the file alone."""
        characters = sum(len(cell) for row in self.table.rows for cell in row)
        return len(self.content) + characters + CELL_BYTES * len(self.table.rows) * self.table.width

    def column(self, place: int) -> str:
        """What a column is called in its file; empty if it has no name."""
        return self.table.names[place].strip() if self.table.names else ""

    def columns(self, unnamed: str) -> list[str]:
        """What each column is called, no two alike: a box to choose from would take one for the other.

        `unnamed` names those without a name, by their {number}.
        """
        names = [self.column(place) or unnamed.format(number=place + 1) for place in range(self.table.width)]
        twice = {name for name, count in Counter(names).items() if count > 1}
        return [f"{name} ({place + 1})" if name in twice else name for place, name in enumerate(names)]

    def chosen(self) -> Texts:
        """The texts of the chosen column. Raises Refused where there are none."""
        return table_file.texts(self.table, self.text, self.label)


@dataclass(frozen=True)
class Unreadable:
    """A file that a visitor brought and that holds no table of texts; it takes the place of the one before."""

    name: str
    reason: Refused


def opened(
    name: str,
    content: bytes,
    *,
    names: bool | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    language: str | None = None,
) -> Opened:
    """A file as it is best understood. Raises Refused where it holds no table of texts."""
    table = table_file.read(content, names=names, encoding=encoding, sheet=sheet)
    text, label = table_file.guess(table, ("negative", "positive"))
    return Opened(name, content, table, text, label, language)


def example(language: str) -> Opened:
    """A table of short reviews in English or Chinese, written for this."""
    name = EXAMPLES.get(language, EXAMPLES["en"])
    return opened(name, (ASSETS / name).read_bytes(), language=language if language in EXAMPLES else "en")


@dataclass
class Job:
    """The classification of `size` texts by one model, as far as it has come.

    A click starts the page's script anew in another thread, while the one before still computes until it next shows
    something. So whoever works last is the worker, and what a former one brings is let go.
    """

    size: int
    running: bool = False
    seconds: float = 0.0
    chunks: list[Chunk] = field(default_factory=list)
    done: int = 0
    _worker: object = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, start: Callable[[int], Iterable[Chunk]]) -> Iterator[None]:
        """Take over chunk after chunk of what `start` gives from the text on that comes next.

        Ends when all is done, when somebody stops it, or when somebody else works. `seconds` counts the waiting too.
        """
        me = object()
        with self._lock:
            if not self.running:
                return
            self._worker, first = me, self.done
        began = time.monotonic()
        for chunk in start(first):
            with self._lock:
                if self._worker is not me:
                    return
                self.chunks.append(chunk)
                self.done += len(chunk.probabilities)
                self.seconds += time.monotonic() - began
                self.running = self.done < self.size
            yield
            began = time.monotonic()

    def stop(self) -> None:
        """What is done stays."""
        with self._lock:
            self.running, self._worker = False, None

    @property
    def rate(self) -> float:
        """Texts a second."""
        return self.done / max(self.seconds, 1e-3)

    @property
    def seconds_left(self) -> float:
        return (self.size - self.done) / max(self.rate, 1e-3)


@dataclass(frozen=True, eq=False)
class Results:
    """What is done of a job, text by text in the order of the file.

    `probabilities[text, label]` is NaN, `predicted` −1 for a text that `refused` tells of. `truth` is the label beside
    it as a number, −1 where it has none that the model knows; `meaning` says for each label as it is written which one
    it was taken for.
    """

    texts: Texts
    labels: tuple[str, ...]
    probabilities: np.ndarray
    refused: dict[int, Refused]
    truth: np.ndarray
    meaning: dict[str, int]

    def __len__(self) -> int:
        return len(self.probabilities)

    @cached_property
    def predicted(self) -> np.ndarray:
        answered = ~np.isnan(self.probabilities[:, 0])
        return np.where(answered, np.nan_to_num(self.probabilities).argmax(1), -1)

    @cached_property
    def confidence(self) -> np.ndarray:
        """The probability of the label that was predicted; NaN without an answer."""
        return self.probabilities.max(1)

    @cached_property
    def error(self) -> np.ndarray:
        """What the model gave to all labels but the true one, 0 to 1; NaN where that is not known."""
        own = self.probabilities[np.arange(len(self)), np.maximum(self.truth, 0)]
        return np.where(self.truth < 0, np.nan, 1 - own)

    @cached_property
    def judged(self) -> np.ndarray:
        """Which texts have both an answer and a known label."""
        return (self.predicted >= 0) & (self.truth >= 0)

    @cached_property
    def confusion(self) -> np.ndarray:
        """[label in the file, label predicted]: how many texts."""
        return confusion(self.truth[self.judged], self.predicted[self.judged], len(self.labels))

    def unknown(self) -> dict[str, int]:
        """Labels as they are written that mean none of the model's, and how many texts have them."""
        counts: dict[str, int] = {}
        for label in (self.texts.labels or ())[: len(self)]:
            if label not in self.meaning:
                counts[label] = counts.get(label, 0) + 1
        return counts

    def order(self, by: str) -> np.ndarray:
        """Places of all texts by "file", "unsure" (least sure first) or "wrong" (most wrong first), the others last."""
        if by == "unsure":
            return np.argsort(np.nan_to_num(self.confidence, nan=2), kind="stable")
        if by == "wrong":
            return np.argsort(-np.nan_to_num(self.error, nan=-1), kind="stable")
        return np.arange(len(self))


def results(job: Job, texts: Texts) -> Results:
    """What is done so far, beside the labels of the file. The job must have begun."""
    labels = job.chunks[0].labels
    starts = np.cumsum([0, *(len(chunk.probabilities) for chunk in job.chunks)])
    refused = {
        int(start) + place: reason
        for start, chunk in zip(starts, job.chunks, strict=False)
        for place, reason in chunk.refused.items()
    }
    meaning = matched(set(texts.labels or ()), labels)
    truth = [meaning.get(label, -1) for label in (texts.labels or ())[: job.done]] or [-1] * job.done
    probabilities = np.concatenate([chunk.probabilities for chunk in job.chunks])
    return Results(texts, labels, probabilities, refused, np.array(truth, dtype=np.int64), meaning)


def written(file: Opened, results: Results, *, guard: bool = True) -> bytes:
    """The rows that were classified as CSV (UTF-8 with its mark, for spreadsheets): as they came, then the answers.

    `guard` puts an apostrophe before what a spreadsheet would run as a formula.
    """
    width = file.table.width
    names = [file.column(place) or f"column {place + 1}" for place in range(width)]
    added = [PREDICTION, *(f"p({label})" for label in results.labels)]
    while set(added) & set(names):
        added = [f"{name}_" for name in added]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_cell(name, guard) for name in [*names, *added])
    for place, row in enumerate(results.texts.rows[: len(results)]):
        answer = int(results.predicted[place])
        answers = ["", *[""] * len(results.labels)]
        if answer >= 0:
            answers = [results.labels[answer], *(f"{share:.6f}" for share in results.probabilities[place])]
        writer.writerow(_cell(cell, guard) for cell in [*file.table.rows[row], *answers])
    return out.getvalue().encode("utf-8-sig")


def _cell(text: str, guard: bool) -> str:
    return f"'{text}" if guard and text.startswith(FORMULA) else text
