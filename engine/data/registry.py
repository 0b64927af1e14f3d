"""The corpora we know, as plain data: where they are published, under which licence, and how their files are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True)
class Corpus:
    """One corpus in one direction of translation."""

    slug: str
    """The name as a part of file names; the same in both directions."""
    name: str
    """`collection/source-target`, with ISO 639-1 codes."""
    languages: tuple[str, str]
    home: str
    """The page that people read."""
    url: str | None
    """The publisher's archive; None where none is simple enough to fetch, so that a local copy is needed."""
    member: str | None
    """The text file inside the archive."""
    licence: str
    attribution: str
    files: Mapping[str, str]
    """For each split, the file under `ALIGNSCOPE_DATA`."""
    header: tuple[str, str] | None = None
    """The columns to read where the files name theirs; otherwise the first two."""
    swapped: bool = False
    """Whether the files hold the target first."""


def _tatoeba(language: str, archive: str) -> Corpus:
    return Corpus(
        slug=f"tatoeba.en-{language}",
        name=f"tatoeba/en-{language}",
        languages=("en", language),
        home="https://www.manythings.org/anki/",
        url=f"https://www.manythings.org/anki/{archive}-eng.zip",
        member=f"{archive}.txt",
        licence="CC BY 2.0",
        attribution="www.manythings.org/anki and tatoeba.org",
        files=MappingProxyType({split: f"tatoeba/en-{language}.{split}.tsv.xz" for split in SPLITS}),
    )


_XDAILYDIALOG = Corpus(
    slug="xdailydialog.en-zh",
    name="xdailydialog/en-zh",
    languages=("en", "zh"),
    home="https://github.com/liuzeming01/XDailyDialog",
    url=None,
    member=None,
    licence="CC BY-NC-SA 4.0",
    attribution="DailyDialog (Li et al. 2017) and XDailyDialog (Liu et al. 2023)",
    files=MappingProxyType(
        {
            "train": "xdailydialog/train.tsv.xz",
            "dev": "xdailydialog/dev.tsv.xz",
            "test": "xdailydialog/test_even.tsv.xz",
        }
    ),
    header=("en", "zh"),
)


def _both_ways(corpus: Corpus) -> tuple[Corpus, Corpus]:
    source, target = corpus.languages
    collection = corpus.name.partition("/")[0]
    return corpus, replace(corpus, name=f"{collection}/{target}-{source}", languages=(target, source), swapped=True)


CORPORA: Mapping[str, Corpus] = MappingProxyType(
    {
        corpus.name: corpus
        for forward in (_tatoeba("fr", "fra"), _tatoeba("zh", "cmn"), _XDAILYDIALOG)
        for corpus in _both_ways(forward)
    }
)
