"""Which pair belongs to training, development and test, whatever edition of a corpus comes in.

Publishers replace their archives in place, so splits cannot be row numbers. `held_out/` holds 8-byte hashes of both
sides of every development and test pair (no text). A pair found there goes there, and training drops every pair that
shares a side with one of them. Case, punctuation and spacing are ignored.

    python -m engine.data.splits FOLDER     makes the hashes again from the split files under FOLDER
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np

from engine.data.files import atomic_write
from engine.data.registry import CORPORA
from engine.data.tsv import Pair, read
from engine.errors import Refused

FOLDER = Path(__file__).with_name("held_out")
DEV_AND_TEST_PERCENT = 5
"""How many percent of the sources of an own file go to development, and as many to test."""

_NEITHER_ASCII = bytes(code for code in range(128) if not chr(code).isalnum())
_NEITHER = re.compile(r"[\W_]+")
Key = tuple[int, int]


def normalise(text: str) -> bytes:
    """What counts when two sentences are compared: letters and digits in lower case (NFKC), as UTF-8.

    A sentence that has neither is compared as it is.
    """
    if text.isascii():
        bare = text.encode().lower().translate(None, _NEITHER_ASCII)
    else:
        bare = _NEITHER.sub("", unicodedata.normalize("NFKC", text).lower()).encode("utf-8", "replace")
    return bare or text.strip().encode("utf-8", "replace")


def hashed(text: str) -> int:
    """64 bits for a sentence; two of a million different ones meet with a probability of 3e-8."""
    return int.from_bytes(blake2b(normalise(text), digest_size=8).digest(), "little")


@dataclass(frozen=True)
class HeldOut:
    """The development and test pairs of one corpus, as hashes of (first, second) side."""

    dev: frozenset[Key]
    test: frozenset[Key]

    @classmethod
    def load(cls, slug: str) -> HeldOut:
        """Read the two files of `held_out/` for a corpus."""
        return cls(_load(slug, "dev"), _load(slug, "test"))


def _file(slug: str, split: str) -> Path:
    return FOLDER / f"{slug}.{split}.npy"


def _load(slug: str, split: str) -> frozenset[Key]:
    rows = np.load(_file(slug, split), allow_pickle=False)
    return frozenset((int(first), int(second)) for first, second in rows)


def save(slug: str, split: str, keys: frozenset[Key]) -> None:
    """Write one of the two files that `HeldOut.load` reads."""
    table = np.array(sorted(keys), dtype="<u8").reshape(-1, 2)  # sorted: the same pairs give the same file
    atomic_write(_file(slug, split), lambda file: np.save(file, table, allow_pickle=False))


@dataclass(frozen=True)
class Split:
    """A corpus parted. `dropped` pairs share a side with development or test and belong nowhere."""

    train: list[Pair]
    dev: list[Pair]
    test: list[Pair]
    dropped: list[Pair]


def keys_of(pairs: Iterable[Pair]) -> list[Key]:
    """The hashes of both sides of each pair."""
    return [(hashed(source), hashed(target)) for source, target in pairs]


def part(pairs: Sequence[Pair], held_out: HeldOut) -> Split:
    """Part `pairs`, of which `held_out` knows the development and test ones; order is kept."""
    return _part(pairs, keys_of(pairs), held_out)


def part_dialogues(train: list[Pair], dev: Sequence[Pair], test: Sequence[Pair]) -> Split:
    """Dialogues that the publisher parted, none in two files. What is said every day ("Thank you." "You're welcome.")
    comes in many of them, and training keeps it: development and test leave out the pairs that training has too, case
    and punctuation ignored, and development those of test."""
    earlier = set(keys_of(train))
    parts: list[list[Pair]] = []
    dropped: list[Pair] = []
    for pairs in (test, dev):
        keys = keys_of(pairs)
        parts.append([pair for pair, key in zip(pairs, keys, strict=True) if key not in earlier])
        dropped += [pair for pair, key in zip(pairs, keys, strict=True) if key in earlier]
        earlier.update(keys)
    return Split(train, parts[1], parts[0], dropped)


def split_of(text: str) -> str:
    """Where a text of an own file belongs, of `registry.SPLITS`: its hash says, so that none stands in two splits."""
    part = hashed(text) % 100 // DEV_AND_TEST_PERCENT
    return "test" if part == 0 else "dev" if part == 1 else "train"


def carve(pairs: Sequence[Pair]) -> Split:
    """Part an own file by the hash of each source, so that rows added later move no other row.

    A development pair that shares its target with a test pair is dropped too.
    """
    keys = keys_of(pairs)
    test = frozenset(key for key in keys if key[0] % 100 < DEV_AND_TEST_PERCENT)
    targets = {target for _, target in test}
    dev = frozenset(
        key for key in keys if DEV_AND_TEST_PERCENT <= key[0] % 100 < 2 * DEV_AND_TEST_PERCENT and key[1] not in targets
    )
    return _part(pairs, keys, HeldOut(dev, test))


def _part(pairs: Sequence[Pair], keys: Sequence[Key], held_out: HeldOut) -> Split:
    split = Split([], [], [], [])
    sources = {source for source, _ in held_out.dev | held_out.test}
    targets = {target for _, target in held_out.dev | held_out.test}
    for pair, key in zip(pairs, keys, strict=True):
        if key in held_out.test:
            split.test.append(pair)
        elif key in held_out.dev:
            split.dev.append(pair)
        elif key[0] in sources or key[1] in targets:
            split.dropped.append(pair)
        else:
            split.train.append(pair)
    return split


def main(arguments: Sequence[str]) -> int:
    """Write `held_out/` anew from the development and test files under a folder; returns the exit code."""
    if len(arguments) != 1:
        print("usage: python -m engine.data.splits FOLDER", file=sys.stderr)
        return 2
    try:
        for corpus in CORPORA.values():
            if not (corpus.swapped or corpus.utterances):
                dev, test = (
                    frozenset(keys_of(read(Path(arguments[0]) / corpus.files[split], corpus.header).pairs))
                    for split in ("dev", "test")
                )
                save(corpus.slug, "dev", dev - test)
                save(corpus.slug, "test", test)
                print(f"{corpus.slug}: {len(dev - test)} development and {len(test)} test pairs", file=sys.stderr)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
