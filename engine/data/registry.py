"""The corpora we know, as plain data: where they are published, under which licence, and how their files are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol, runtime_checkable

SPLITS = ("train", "dev", "test")


@runtime_checkable
class Published(Protocol):
    """What is fetched: anything with a name, a page for people, and an address (None: by hand alone)."""

    @property
    def name(self) -> str: ...
    @property
    def home(self) -> str: ...
    @property
    def url(self) -> str | None: ...


@dataclass(frozen=True)
class Corpus:
    """One corpus in one direction of translation."""

    slug: str
    """The name as a part of file names; the same in both directions."""
    name: str
    """`collection/source-target`, with ISO 639-1 codes; of pairs in one language `collection/language` or `collection`
    alone."""
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
    utterances: str | None = None
    """Of dialogues the column that is read: a pair is an utterance and the next one."""


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


def _dialogues(language: str) -> Corpus:
    """One side of the parallel dialogues."""
    return replace(
        _XDAILYDIALOG,
        slug=f"xdailydialog.{language}",
        name=f"xdailydialog/{language}",
        languages=(language, language),
        header=None,
        utterances=language,
    )


_COUPLETS = Corpus(
    slug="couplets",
    name="couplets",
    languages=("zh", "zh"),
    home="https://github.com/ziaoang/duilian",
    url=None,
    member=None,
    licence="none stated; traditional lines for the most part, collected from web sites of couplets",
    attribution="github.com/ziaoang/duilian at commit 29763d1 and github.com/Rolight/duilian at commit 06415df",
    files=MappingProxyType({split: f"couplets/{split}.tsv.xz" for split in SPLITS}),
)
"""Each row a first line and the second that hangs beside it, both of one length."""


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
    | {corpus.name: corpus for corpus in (_COUPLETS, _dialogues("en"), _dialogues("zh"))}
)


@dataclass(frozen=True)
class ReviewCorpus:
    """One corpus of labelled texts; 0 is negative, 1 positive."""

    slug: str
    """The name as a part of file names."""
    name: str
    language: str
    """ISO 639-1."""
    home: str
    url: str
    """The publisher's file."""
    sha256: str | None
    """That file's hash, where the publisher has had one edition for many years; None where others may come."""
    licence: str
    attribution: str
    files: Mapping[str, str]
    """For each split that has a file of its own, the file under `ALIGNSCOPE_DATA`."""
    left_out: str | None = None
    """The category of the publisher's file that does not belong to this corpus."""

    @property
    def has_test(self) -> bool:
        """Whether the publisher says what is for training and what for test."""
        return "dev" not in self.files


_CHINESE = "https://github.com/SophonPlus/ChineseNlpCorpus"


def _chinese(kind: str, path: str, of: str, left_out: str | None = None) -> ReviewCorpus:
    return ReviewCorpus(
        slug=f"chinese_reviews.{kind}",
        name=f"chinese_reviews/{kind}",
        language="zh",
        home=_CHINESE,
        url=f"{_CHINESE.replace('github.com', 'raw.githubusercontent.com')}/master/datasets/{path}",
        sha256=None,
        licence="none stated; reviews from the web, collected for research on language",
        attribution=f"{of}, as given out by SophonPlus/ChineseNlpCorpus",
        files=MappingProxyType({split: f"chinese_reviews/{kind}.{split}.tsv.xz" for split in SPLITS}),
        left_out=left_out,
    )


_IMDB = ReviewCorpus(
    slug="imdb",
    name="imdb",
    language="en",
    home="https://ai.stanford.edu/~amaas/data/sentiment/",
    url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    sha256="c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    licence="none stated; the authors ask that their paper be cited",
    attribution="Large Movie Review Dataset (Maas et al. 2011); reviews by users of IMDb",
    files=MappingProxyType({split: f"imdb/{split}.tsv.xz" for split in ("train", "test")}),
)

REVIEWS: Mapping[str, ReviewCorpus] = MappingProxyType(
    {
        corpus.name: corpus
        for corpus in (
            _IMDB,
            _chinese("hotel", "ChnSentiCorp_htl_all/ChnSentiCorp_htl_all.csv", "ChnSentiCorp (Tan Songbo)"),
            # its hotels are those of the other corpus
            _chinese(
                "shopping", "online_shopping_10_cats/online_shopping_10_cats.zip", "online_shopping_10_cats", "酒店"
            ),
        )
    }
)
