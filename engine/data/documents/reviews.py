"""Labelled texts to learn from: by the name of a corpus, or from an own file.

As sentence pairs are (`engine.data.pairs.corpora`), a corpus is looked for under the folder in `ALIGNSCOPE_DATA` where
that is set, and otherwise fetched once. IMDB is parted as its authors did, with a development set taken from training.
The Chinese corpora have no splits of their own; ours are in `engine/data/held_out/`, as hashes.

    python -m engine.data.documents.reviews FOLDER     makes those hashes again from the split files under FOLDER
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from engine.data import splits
from engine.data.documents.review_files import Review, cleaned, hashed_rows, imdb, keys, numbered, table, usable
from engine.data.download import Archive, Progress, fetched
from engine.data.files import read_member, read_text_file
from engine.data.lacking import lacking
from engine.data.own import stored
from engine.data.own.stored import OwnCorpus
from engine.data.registry import REVIEWS, SPLITS, ReviewCorpus
from engine.data.splits import DEV_AND_TEST_PERCENT, HeldOut, Key
from engine.errors import Refused
from engine.text.document import HAN

__all__ = ["REVIEWS", "Review", "ReviewCorpus", "Reviews", "fetch", "read"]

LABELS = ("negative", "positive")
SUFFIXES = (".csv", ".tsv", ".csv.xz", ".tsv.xz")
MAX_LABELS = 100
SAMPLE = 1_000
"""How many texts of an own file tell its language."""
MIN_REVIEWS = 5_000
"""The fewest that a publisher's table may hold."""


@dataclass(frozen=True)
class Reviews:
    """A corpus in full, each split in the order of its texts' hashes, so that a head of it is a random sample.

    No text of `train` is in `dev` or `test`, and none of `dev` in `test`, case and punctuation ignored: `dropped` tells
    how many were left out for that. `skipped` rows could not be read.
    """

    name: str
    language: str
    labels: tuple[str, ...]
    train: list[Review]
    dev: list[Review]
    test: list[Review]
    dropped: int
    skipped: int
    sha256: dict[str, str]
    """The hash of each file that was read, as it lies on disk, by its name."""
    licence: str
    attribution: str
    home: str


def read(name_or_path: str, progress: Progress | None = None) -> Reviews:
    """A corpus of `REVIEWS`, an `own:NAME` that somebody brought, or an own `.csv` or `.tsv` file with the columns
    `text` and `label`.

    An own file is parted by the hash of each text; it is taken for Chinese if more of its letters are Han than not, and
    else for English. `progress` is told how much is fetched. Raises `Refused` for what is no such file, and for an
    unknown name.
    """
    if name_or_path.startswith(("/", "./", "../")):
        return _own(Path(name_or_path))
    if stored.is_own(name_or_path):
        return _stored(stored.find(name_or_path))
    if name_or_path not in REVIEWS:
        raise Refused(
            "{name} is no corpus; use one of {names}, or a path that begins with /, ./ or ../",
            name=name_or_path,
            names=", ".join(REVIEWS),
        )
    corpus = REVIEWS[name_or_path]
    parts, files = _files(corpus, progress)
    readable = {split: usable(reviews) for split, reviews in parts.items()}
    skipped = sum(map(len, parts.values())) - sum(map(len, readable.values()))
    if corpus.has_test:
        chosen = _chosen(readable["train"], readable["test"])
    else:
        chosen = _by_hashes(readable["all"], HeldOut.load(corpus.slug))
    return _reviews(corpus.name, corpus.language, LABELS, chosen, skipped, files, corpus)


def fetch(name: str, progress: Progress | None = None) -> Archive:
    """The publisher's file for a corpus of `REVIEWS`, from the cache or else fetched; see `download.fetch`."""
    if name not in REVIEWS:
        raise Refused("{name} is no corpus; use one of {names}", name=name, names=", ".join(REVIEWS))
    return fetched(REVIEWS[name], check, progress)


def check(path: Path, corpus: ReviewCorpus) -> None:
    """Raises `Refused` unless the file at `path` is what the publisher of `corpus` gives out."""
    if corpus.sha256 is not None:
        if sha256(path.read_bytes()).hexdigest() != corpus.sha256:
            raise Refused(
                "{name} is not the file that {home} gives out; fetch it again", name=path.name, home=corpus.home
            )
    elif (count := len(_table(path, corpus))) < MIN_REVIEWS:
        raise Refused(
            "{name} from {url} holds {count} review; its format has changed, so it is not used",
            plural="{name} from {url} holds {count} reviews; its format has changed, so it is not used",
            name=path.name,
            url=corpus.url,
            count=count,
        )


def _files(corpus: ReviewCorpus, progress: Progress | None) -> tuple[dict[str, list[Review]], list[Path]]:
    """The reviews of "train" and "test" where the publisher parts them, else of "all"; and where they were found."""
    folder = os.environ.get("ALIGNSCOPE_DATA")
    if not folder:
        return _published(corpus, fetch(corpus.name, progress).path)
    files = {split: Path(folder) / file for split, file in corpus.files.items()}
    if all(file.exists() for file in files.values()):
        return _local(corpus, files), list(files.values())
    copy = Path(folder) / corpus.url.rpartition("/")[2]
    if copy.exists():
        return _published(corpus, copy)
    raise lacking(corpus, folder, corpus.files["train"])


def _local(corpus: ReviewCorpus, files: Mapping[str, Path]) -> dict[str, list[Review]]:
    wanted = ("id", "label", "text") if corpus.has_test else ("label", "text")
    rows = {split: table(read_text_file(file), file.name, wanted) for split, file in files.items()}
    if corpus.has_test:
        return {split: numbered(lines, split) for split, lines in rows.items()}
    return {"all": hashed_rows(row for split in ("test", "dev", "train") for row in rows[split])}


def _published(corpus: ReviewCorpus, path: Path) -> tuple[dict[str, list[Review]], list[Path]]:
    check(path, corpus)
    return (imdb(path) if corpus.has_test else {"all": _table(path, corpus)}), [path]


def _table(path: Path, corpus: ReviewCorpus) -> list[Review]:
    """The reviews in a publisher's table, plain or zipped, without the category that is left out."""
    name = corpus.url.rpartition("/")[2].replace(".zip", ".csv")
    data = read_member(path, name) if corpus.url.endswith(".zip") else read_text_file(path)
    if corpus.left_out is None:
        return hashed_rows(table(data, name, ("label", "review")))
    rows = table(data, name, ("cat", "label", "review"))
    return hashed_rows((label, text) for category, label, text in rows if category != corpus.left_out)


def _own(path: Path) -> Reviews:
    if not path.name.endswith(SUFFIXES):
        raise Refused("{path} is no {suffixes} file; save the texts as one", path=path, suffixes=", ".join(SUFFIXES))
    rows = [(label.strip(), text) for label, text in table(read_text_file(path), path.name, ("label", "text"))]
    labels = tuple(sorted({label for label, _ in rows if label}))
    if not 2 <= len(labels) <= MAX_LABELS:
        raise Refused(
            "{name} has one label only; between 2 and {limit} can be learnt",
            plural="{name} has {count} different labels; between 2 and {limit} can be learnt",
            name=path.name,
            count=len(labels),
            limit=MAX_LABELS,
        )
    place = {label: number for number, label in enumerate(labels)}
    reviews = usable(Review(str(row), text, place[label]) for row, (label, text) in enumerate(rows, 2) if label)
    text = "".join(review.text for review in reviews[:SAMPLE])
    language = "zh" if 2 * len(HAN.findall(text)) > sum(map(str.isalpha, text)) else "en"
    return _reviews(str(path), language, labels, _carved(reviews), len(rows) - len(reviews), [path], None)


def _stored(corpus: OwnCorpus) -> Reviews:
    """What somebody brought; where its texts have no labels, none are there to be learnt."""
    if corpus.kind != "texts":
        raise Refused("{name} holds pairs, and texts are needed: choose a corpus of texts.", name=corpus.called)
    place = {label: number for number, label in enumerate(corpus.labels)}
    texts = [Review(f"{keys(text)[1]:016x}", text, place.get(label, 0)) for label, text in stored.rows(corpus)]
    about = _reviews(corpus.called, corpus.languages[0], corpus.labels, _carved(texts), 0, [], None)
    return replace(about, sha256={f"{corpus.name}.tsv": corpus.sha256})


Chosen = dict[str, list[tuple[Key, Review]]]


def _keyed(reviews: Iterable[Review]) -> list[tuple[Key, Review]]:
    return [(keys(review.text), review) for review in reviews]


def _chosen(train: list[Review], test: list[Review]) -> Chosen:
    """The publisher's own two parts, and `DEV_AND_TEST_PERCENT` of training for development."""
    keyed = _keyed(train)
    dev = [pair for pair in keyed if pair[0][0] % 100 < DEV_AND_TEST_PERCENT]
    return {
        "train": [pair for pair in keyed if pair[0][0] % 100 >= DEV_AND_TEST_PERCENT],
        "dev": dev,
        "test": _keyed(test),
    }


def _by_hashes(reviews: list[Review], held_out: HeldOut) -> Chosen:
    chosen: Chosen = {split: [] for split in SPLITS}
    for key, review in _keyed(reviews):
        chosen["test" if key in held_out.test else "dev" if key in held_out.dev else "train"].append((key, review))
    return chosen


def _carved(reviews: list[Review]) -> Chosen:
    chosen: Chosen = {split: [] for split in SPLITS}
    for key, review in _keyed(reviews):
        chosen[splits.split_of(review.text)].append((key, review))
    return chosen


def _reviews(
    name: str,
    language: str,
    labels: tuple[str, ...],
    chosen: Chosen,
    skipped: int,
    files: list[Path],
    about: ReviewCorpus | None,
) -> Reviews:
    """Takes out what is in two splits, puts each in order, and says where it comes from."""
    earlier: set[int] = set()
    kept: dict[str, list[Review]] = {}
    for split in ("test", "dev", "train"):
        new = [(key, review) for key, review in chosen[split] if key[0] not in earlier]
        kept[split] = [review for _, review in sorted(new, key=lambda keyed: (keyed[0], keyed[1].id))]
        earlier.update(key[0] for key, _ in chosen[split])
    return Reviews(
        name=name,
        language=language,
        labels=labels,
        train=kept["train"],
        dev=kept["dev"],
        test=kept["test"],
        dropped=sum(map(len, chosen.values())) - sum(map(len, kept.values())),
        skipped=skipped,
        sha256={file.name: sha256(file.read_bytes()).hexdigest() for file in files},
        licence=about.licence if about else "",
        attribution=about.attribution if about else "",
        home=about.home if about else "",
    )


def main(arguments: Sequence[str]) -> int:
    """Write the hashes of the Chinese splits anew from the files under a folder; returns the exit code."""
    if len(arguments) != 1:
        print("usage: python -m engine.data.documents.reviews FOLDER", file=sys.stderr)
        return 2
    try:
        for corpus in REVIEWS.values():
            if not corpus.has_test:
                _hash(corpus, Path(arguments[0]))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    return 0


def _hash(corpus: ReviewCorpus, folder: Path) -> None:
    for split in ("dev", "test"):
        path = folder / corpus.files[split]
        rows = table(read_text_file(path), path.name, ("text",))
        hashes = frozenset(keys(cleaned(text)) for (text,) in rows)
        splits.save(corpus.slug, split, hashes)
        print(f"{corpus.slug}: {len(hashes)} texts for {split}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
