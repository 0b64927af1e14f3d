"""Which of the corpora we know lie on this machine. Nothing is read but whether files are there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from engine.data.download import cached
from engine.data.registry import CORPORA, REVIEWS, Corpus, ReviewCorpus
from engine.errors import Refused

KNOWN: Mapping[str, Corpus | ReviewCorpus] = {**CORPORA, **REVIEWS}


def at_hand(name: str) -> bool:
    """Whether a corpus can be read without fetching it: from the folder in `ALIGNSCOPE_DATA`, or from the cache where
    that is not set."""
    corpus, folder = KNOWN[name], os.environ.get("ALIGNSCOPE_DATA")
    if folder:
        whole = all((Path(folder) / file).exists() for file in corpus.files.values())
        return whole or (corpus.url is not None and (Path(folder) / corpus.url.rpartition("/")[2]).exists())
    try:
        return corpus.url is not None and cached(corpus).path.exists()
    except Refused:
        return False


def can_be_fetched(name: str) -> bool:
    """Whether a training may fetch it by itself."""
    return not os.environ.get("ALIGNSCOPE_DATA") and KNOWN[name].url is not None
