"""The words that people marked are the words of the text that they marked."""

from __future__ import annotations

import io
import json
import lzma
import tarfile
from pathlib import Path
from typing import Any

import pytest

from engine.data.documents import rationales
from engine.data.documents.rationales import RATIONALES, Rationale, check, eraser, read
from engine.data.download import Archive, Record
from engine.errors import Refused

FILM = {"id": "negR_800", "label": 0, "sentences": ["a dull film .", "very dull ."], "rationales": [[1, 3], [4, 6]]}
PLACE = {
    "id": "50words-0",
    "label": 1,
    "words": ["Great", "place."],
    "annotations": [{"answer": "yes", "highlighted": [0]}, {"answer": "idk", "highlighted": []}],
}
READ = Rationale("negR_800", ("a", "dull", "film", ".", "very", "dull", "."), 0, (frozenset({1, 2, 4, 5}),))


def lines(*rows: Any) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, row in {
        "eraser_movies/val": FILM,
        "eraser_movies/train": {**FILM, "id": "negR_000", "label": 1},
        "yelp_hat/50words": PLACE,
        "yelp_hat/100words": {**PLACE, "id": "100words-0"},
        "yelp_hat/mixed": {**PLACE, "id": "mixed-0"},
    }.items():
        path = tmp_path / f"{name}.jsonl.xz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(lzma.compress(lines(row)))
    monkeypatch.setenv("ALIGNSCOPE_DATA", str(tmp_path))
    return tmp_path


def tarred(path: Path, count: int = 2, **changes: Any) -> Path:
    """ERASER's archive with so many texts in each part."""
    with tarfile.open(path, "w:gz") as archive:

        def add(name: str, content: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

        for part, first in (("train", 0), ("val", 800), ("test", 900)):
            names = [f"negR_{number:03}.txt" for number in range(first, first + count)]
            for name in names:
                add(f"movies/docs/{name}", b"a dull film .\nvery dull .\n")
            spans = [{"start_token": 1, "end_token": 3}], [{"start_token": 4, "end_token": 6}]
            row = {"evidences": spans, "classification": "NEG", **changes}
            add(f"movies/{part}.jsonl", lines(*({"annotation_id": name, **row} for name in names)))
    return path


def test_spans_and_numbers_of_a_local_folder_become_numbers_of_words(folder: Path) -> None:
    assert read("eraser_movies") == [READ]
    place = Rationale("50words-0", ("Great", "place."), 1, (frozenset({0}), frozenset()))
    assert read("yelp_hat/50words") == [place]


def test_a_bare_name_means_eraser_as_it_is_reported_and_all_of_yelp_hat(folder: Path) -> None:
    assert [text.id for text in read("eraser_movies")] == ["negR_800"]
    assert [text.id for text in read("eraser_movies/train")] == ["negR_000"]
    assert [text.id for text in read("yelp_hat")] == ["50words-0", "100words-0", "mixed-0"]


def test_the_publishers_archive_gives_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tarred(folder / "movies.tar.gz")
    assert eraser(archive)["val"][0] == READ
    (folder / "eraser_movies/val.jsonl.xz").unlink()
    assert [text.id for text in read("eraser_movies")] == ["negR_800", "negR_801"]
    monkeypatch.delenv("ALIGNSCOPE_DATA")
    record = Record("", "", 0, "", "", "")
    monkeypatch.setattr(rationales, "fetched", lambda corpus, check: Archive(archive, record))
    assert read("eraser_movies")[0] == READ


def test_an_archive_is_kept_only_if_it_holds_both_parts(tmp_path: Path) -> None:
    check(tarred(tmp_path / "whole.tar.gz", count=100), RATIONALES["eraser_movies"])
    with pytest.raises(Refused, match=r"is not the file that https://www\.eraser"):
        check(tarred(tmp_path / "part.tar.gz", count=99), RATIONALES["eraser_movies"])


@pytest.mark.parametrize(
    "changes",
    [
        {"classification": "MIXED"},
        {"evidences": [[{"start_token": 5, "end_token": 8}]]},
        {"evidences": [[{"start_token": -1, "end_token": 1}]]},
        {"evidences": 3},
        {"annotation_id": "../../etc/passwd"},
    ],
)
def test_an_archive_that_says_what_cannot_be_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="holds no texts with marked words"):
        eraser(tarred(tmp_path / "movies.tar.gz", **changes))


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"\xff", lines({**PLACE, "words": ["one"], "annotations": [{"highlighted": [1]}]}), lines({"id": 1})],
)
def test_a_local_file_that_says_what_cannot_be_is_refused(folder: Path, content: bytes) -> None:
    (folder / "yelp_hat/50words.jsonl.xz").write_bytes(lzma.compress(content))
    with pytest.raises(Refused, match="holds no texts with marked words"):
        read("yelp_hat/50words")


def test_what_cannot_be_had_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "yelp_hat/mixed.jsonl.xz").unlink()
    with pytest.raises(Refused, match="has no yelp_hat/mixed"):
        read("yelp_hat")
    for name in ("imdb", "yelp_hat/200words"):
        with pytest.raises(Refused, match="is no corpus; use one of eraser_movies, yelp_hat"):
            read(name)
    monkeypatch.delenv("ALIGNSCOPE_DATA")
    with pytest.raises(Refused, match=r"by hand from https://github\.com/cansusen"):
        read("yelp_hat")


def test_every_corpus_says_whose_it_is() -> None:
    for corpus in RATIONALES.values():
        assert corpus.licence and corpus.attribution and corpus.home.startswith("https://") and corpus.parts
