"""Corpora that people brought, as they lie under the folder of runs: NAME.tsv holds the rows, NAME.json what they are.

A config names one `own:NAME`. NAME is its title, as far as a file name can bear it, and the beginning of the SHA-256 of
its rows, so that it always means the same ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.data.folders import runs_folder
from engine.data.own.kinds import KINDS, Kind, Row
from engine.errors import Refused

PREFIX = "own:"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}-[0-9a-f]{8}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
MAX_JSON = 100_000
LABEL = "label"
"""What the first column of labelled texts is called, where those of pairs bear the codes of their languages."""
_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})
_MEANT = {"\\\\": "\\", "\\n": "\n", "\\t": "\t", "\\r": "\r"}
_ESCAPE = re.compile(r"\\[\\ntr]")


@dataclass(frozen=True)
class OwnCorpus:
    """`name` is without its prefix. `languages` are those of both columns, twice the same one for texts. `owners` are
    the SHA-256 of the keys of those who brought it, an empty one for whoever runs the machine. `sha256` is that of the
    file of rows, and `size` how many bytes it has. `train`, `dev` and `test` say how many rows are in each split."""

    name: str
    kind: Kind
    title: str
    languages: tuple[str, str]
    labels: tuple[str, ...]
    rows: int
    train: int
    dev: int
    test: int
    size: int
    sha256: str
    created: str
    owners: tuple[str, ...]

    @property
    def called(self) -> str:
        """As a config names it."""
        return PREFIX + self.name

    def described(self) -> bytes:
        """What its JSON file holds."""
        return (json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n").encode()


def folder() -> Path:
    """Where they lie."""
    return runs_folder() / ".corpora"


def is_own(name: str) -> bool:
    """Whether a name is that of such a corpus, there or not."""
    return name.startswith(PREFIX)


def listed() -> list[OwnCorpus]:
    """All, by their names. One with a damaged description is left out."""
    corpora = []
    for path in sorted(folder().glob("*.json")):
        try:
            corpora.append(find(PREFIX + path.stem))
        except Refused:
            continue
    return corpora


def find(name: str) -> OwnCorpus:
    """What a corpus is; its rows are not read. Raises `Refused` for one that is not there or is damaged."""
    bare = name.removeprefix(PREFIX)
    if not is_own(name) or not NAME.fullmatch(bare):
        raise Refused(
            "{name} is no name of an own corpus, as `data list` gives them; one is such as own:poems-0123abcd.",
            name=name[:80],
        )
    path = folder() / f"{bare}.json"
    try:
        if path.stat().st_size > MAX_JSON:
            raise _damaged(name)
        return _described(json.loads(path.read_bytes()), bare)
    except FileNotFoundError:
        raise Refused(
            "There is no corpus {name} here: it may have been deleted. Bring its file again.", name=name
        ) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged(name) from error


def rows(corpus: OwnCorpus) -> list[Row]:
    """Its pairs, or its texts with their labels before them. Raises `Refused` where they are not as when stored."""
    try:
        with (folder() / f"{corpus.name}.tsv").open("rb") as file:
            content = file.read(corpus.size + 1)
    except OSError as error:
        raise _damaged(corpus.called) from error
    if sha256(content).hexdigest() != corpus.sha256:
        raise _damaged(corpus.called)
    lines = content.decode("utf-8").split("\n")[1:-1]
    return [(_read(first), _read(second)) for first, _, second in (line.partition("\t") for line in lines)]


def written(kind: Kind, languages: tuple[str, str], rows: Iterable[Row]) -> bytes:
    """The file of rows: a line of names, then a row a line. A line end or tab in a text is written as in a string."""
    names = languages if kind == "pairs" else (LABEL, languages[0])
    lines = [
        "\t".join(names),
        *(f"{first.translate(_ESCAPED)}\t{second.translate(_ESCAPED)}" for first, second in rows),
    ]
    return ("\n".join(lines) + "\n").encode()


def _read(cell: str) -> str:
    return _ESCAPE.sub(lambda match: _MEANT[match[0]], cell) if "\\" in cell else cell


def _described(document: dict[str, Any], name: str) -> OwnCorpus:
    source, target = map(str, document["languages"])
    corpus = OwnCorpus(
        name=name,
        kind=document["kind"],
        title=str(document["title"]),
        languages=(source, target),
        labels=tuple(map(str, document["labels"])),
        rows=int(document["rows"]),
        train=int(document["train"]),
        dev=int(document["dev"]),
        test=int(document["test"]),
        size=int(document["size"]),
        sha256=str(document["sha256"]),
        created=str(document["created"]),
        owners=tuple(map(str, document["owners"])),
    )
    if corpus.kind not in KINDS or not all(map(LANGUAGE.fullmatch, corpus.languages)) or corpus.size < 0:
        raise ValueError(name)
    return corpus


def _damaged(name: str) -> Refused:
    return Refused("The corpus {name} is damaged and cannot be used: bring its file again.", name=name)
