"""Corpora that people brought are stored once, within limits, and deleted by whoever brought them."""

from __future__ import annotations

import fcntl
import re
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from engine.data.files import atomic_write, sync_folder
from engine.data.own import stored
from engine.data.own.parts import check, parts
from engine.data.own.rows import Usable
from engine.data.own.stored import LANGUAGE, OwnCorpus
from engine.errors import Refused

LONGEST, LONGEST_SLUG = 100, 40
"""Characters of a title, and of what a name has of it."""
MOST, MOST_BYTES = 10, 100 * 10**6
"""Of one visitor."""
MOST_IN_ALL, BYTES_IN_ALL = 500, 10**9


def digest(key: str) -> str:
    """By what whoever brought a corpus is known again: `key` is that of the browser. Empty for none."""
    return sha256(key.encode()).hexdigest() if key else ""


def add(usable: Usable, title: str, languages: tuple[str, str], key: str) -> OwnCorpus:
    """Store the rows of a table, for the owner of a key; an empty one is whoever runs the machine.

    The same rows are stored once: whoever brings them too has the corpus that is there, under the title it has. Raises
    `Refused` for rows that are too few, for what is no code of a language, and beyond the limits above.
    """
    for language in languages:
        if not LANGUAGE.fullmatch(language):
            raise Refused("a language must be a code such as en or zh, got {value}", value=language)
    counts = parts(usable)
    check(usable, counts)
    content = stored.written(usable.kind, languages, usable.rows)
    title = clean(title) or "corpus"
    code = sha256(content).hexdigest()
    corpus = OwnCorpus(
        name=f"{slug(title)}-{code[:8]}",
        kind=usable.kind,
        title=title,
        languages=languages,
        labels=usable.labels,
        rows=len(usable.rows),
        train=counts.train,
        dev=counts.dev,
        test=counts.test,
        size=len(content),
        sha256=code,
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        owners=(digest(key),),
    )
    with _alone():
        return _kept(corpus, content)


def delete(name: str, key: str | None) -> None:
    """Take a corpus from the owner of a key, and from everybody where that is None: the last one takes it away.

    Raises `Refused` for whoever has not brought it.
    """
    with _alone():
        corpus = stored.find(name)
        if key is not None and digest(key) not in corpus.owners:
            raise Refused("Only who brought {name} may delete it.", name=name)
        left = () if key is None else tuple(owner for owner in corpus.owners if owner != digest(key))
        if left:
            return atomic_write(_file(corpus, "json"), replace(corpus, owners=left).described())
        _file(corpus, "json").unlink()  # first: without it there is no corpus
        _file(corpus, "tsv").unlink(missing_ok=True)
        sync_folder(stored.folder())


def clean(title: str) -> str:
    """A title as it is kept: in one line, not too long."""
    plain = "".join(c if c.isprintable() else " " for c in title[: 4 * LONGEST])
    return " ".join(plain.split())[:LONGEST]


def slug(title: str) -> str:
    """A title as a part of names: small letters and digits, with - between them."""
    plain = unicodedata.normalize("NFKD", title[: 4 * LONGEST]).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-") or "corpus"


def _kept(corpus: OwnCorpus, content: bytes) -> OwnCorpus:
    """As it is stored now; where the same rows were there, as they were called, for one owner more."""
    _sweep()
    there = stored.listed()
    same = next((each for each in there if each.sha256 == corpus.sha256), None)
    others = [each for each in there if each is not same]
    if any(each.name == corpus.name for each in others):
        raise Refused("Another corpus has the name {name} already: choose another title.", name=corpus.name)
    _check_room(corpus, others)
    if same is not None:
        corpus = replace(same, owners=tuple(dict.fromkeys((*same.owners, *corpus.owners))))
    atomic_write(_file(corpus, "tsv"), content)
    atomic_write(_file(corpus, "json"), corpus.described())  # last: without it there is no corpus
    return corpus


def _check_room(corpus: OwnCorpus, others: list[OwnCorpus]) -> None:
    """Raises `Refused` beyond the limits of a visitor and of the server; whoever runs the machine has the latter."""
    (owner,) = corpus.owners
    own = [each for each in others if owner in each.owners]
    if owner and (len(own) >= MOST or corpus.size + sum(each.size for each in own) > MOST_BYTES):
        raise Refused(
            "You have as many corpora here as one visitor may, {most} of {limit} MB in all: delete one first.",
            most=MOST,
            limit=MOST_BYTES // 10**6,
        )
    if len(others) >= MOST_IN_ALL or corpus.size + sum(each.size for each in others) > BYTES_IN_ALL:
        raise Refused(
            "This server holds as many corpora of visitors as it may, {most} of {limit} MB in all: whoever runs it can "
            "delete some.",
            most=MOST_IN_ALL,
            limit=BYTES_IN_ALL // 10**6,
        )


def _sweep() -> None:
    """Take away what was begun and never became a corpus; nobody else writes meanwhile."""
    for path in (*stored.folder().glob("*.tsv"), *stored.folder().glob(".*.tmp")):
        if path.suffix == ".tmp" or not path.with_suffix(".json").exists():
            path.unlink(missing_ok=True)


def _file(corpus: OwnCorpus, suffix: str) -> Path:
    return stored.folder() / f"{corpus.name}.{suffix}"


@contextmanager
def _alone() -> Iterator[None]:
    """Whoever writes here waits until nobody else does."""
    stored.folder().mkdir(parents=True, exist_ok=True)
    with (stored.folder() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
