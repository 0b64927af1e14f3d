"""Links that a statistical aligner drew in a test split, kept without its text.

    {"format": 1, "corpus": "tatoeba/en-fr", "split": "test", "aligner": "eflomal 2.0.0", …}     the first line
    {"pair": "6f0c…", "links": "0-0 1-1"}                                                       one line a pair

`pair` is a hash of the words of both sides as `engine.text.tokenizer.words` counts them, so links are never read
against words they were not drawn for. They are no truth, but a fixed point to measure every model from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from engine.data.registry import CORPORA

FOLDER = Path(__file__).with_name("aligner_links")
FORMAT = 1
Links = frozenset[tuple[int, int]]


def key(source: Sequence[str], target: Sequence[str]) -> str:
    """16 hexadecimal digits for the words of a pair, letter for letter."""
    sides = "\n".join(("\t".join(source), "\t".join(target)))
    return blake2b(sides.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@dataclass(frozen=True)
class AlignerLinks:
    """`about` is the first line of the file: who drew the links, how, and the licence of the text."""

    about: Mapping[str, Any]
    links: Mapping[str, Links]

    def of(self, source: Sequence[str], target: Sequence[str]) -> Links | None:
        """The links of a pair in either direction, `(source word, target word)`; None for a pair not in the file."""
        own = self.links.get(key(source, target))
        if own is not None:
            return own
        turned = self.links.get(key(target, source))
        return None if turned is None else frozenset((j, i) for i, j in turned)


def load(path: Path) -> AlignerLinks:
    """Read a file of this format; ValueError says what is wrong with another one."""
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    about = json.loads(head)
    if about.get("format") != FORMAT:
        raise ValueError(f"{path.name} has format {about.get('format')}, wanted {FORMAT}")
    links: dict[str, Links] = {}
    for row in map(json.loads, rows):
        pairs = (link.split("-") for link in row["links"].split())
        links[row["pair"]] = frozenset((int(i), int(j)) for i, j in pairs)
    return AlignerLinks(about, links)


def for_corpus(name: str) -> AlignerLinks | None:
    """The links kept for the test split of a corpus, in whichever direction; None where there are none."""
    corpus = CORPORA.get(name)
    path = FOLDER / f"{corpus.slug}.test.jsonl" if corpus else None
    return load(path) if path is not None and path.is_file() else None


def dump(about: Mapping[str, Any], links: Mapping[str, Links]) -> str:
    """The text of such a file; the same links give the same bytes."""
    rows = [{"pair": pair, "links": " ".join(f"{i}-{j}" for i, j in sorted(links[pair]))} for pair in sorted(links)]
    head = {"format": FORMAT, **about}
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in (head, *rows))
