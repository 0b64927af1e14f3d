"""Labelled texts are had by the name of a corpus or from an own file, and what is for test is never learnt from."""

from __future__ import annotations

import io
import lzma
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.data.documents import review_files, reviews
from engine.data.documents.review_files import cleaned, keys
from engine.data.documents.reviews import Reviews, fetch, main, read
from engine.data.registry import REVIEWS
from engine.data.splits import HeldOut
from engine.errors import Refused

FILMS = {
    "train": [(f"neg_{n}", 0, f"A dull film, number {n}.") for n in range(300)]
    + [("pos_1", 1, "Fine\x97really…"), ("pos_2", 1, "seen in TEST"), ("pos_3", 1, "<br />")],
    "test": [("pos_1", 1, "Seen in test!"), ("neg_1", 0, "Seen in test!"), ("neg_2", 0, "Dull.\x07")],
}
HOTELS = [(n % 2, f"第{n}家酒店，很好。") for n in range(60)]
GOODS = [("水果", label, text.replace("酒店", "水果")) for label, text in HOTELS] + [("酒店", 1, "很好的酒店")]


def packed(rows: list[tuple[object, ...]], *names: str) -> bytes:
    return lzma.compress("\n".join("\t".join(map(str, row)) for row in [names, *rows]).encode())


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:

        def add(name: str, content: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

        for split, rows in FILMS.items():
            for name, _, text in rows:
                kind, number = name.split("_")
                add(f"aclImdb/{split}/{kind}/{number}_7.txt", text.encode())
        add("aclImdb/train/unsup/0_0.txt", b"nobody said")
        add("../../evil.txt", b"evil")
        link = tarfile.TarInfo("aclImdb/test/pos/99_7.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return file.getvalue()


def csv_of(rows: list[tuple[object, ...]], *names: str) -> bytes:
    return "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in [names, *rows]).encode("utf-8-sig")


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("online_shopping_10_cats.csv", content)
    return file.getvalue()


PUBLISHED = {
    "aclImdb_v1.tar.gz": tarred(),
    "ChnSentiCorp_htl_all.csv": csv_of(HOTELS, "label", "review"),
    "online_shopping_10_cats.zip": zipped(csv_of(GOODS, "cat", "label", "review")),
}


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `ALIGNSCOPE_DATA` with all three corpora; of the Chinese, every tenth text is for test, the next for dev."""
    for folder in ("imdb", "chinese_reviews"):
        (tmp_path / folder).mkdir()
    for split, rows in FILMS.items():
        content = packed([(name, label, "7", text) for name, label, text in rows], "id", "label", "rating", "text")
        (tmp_path / f"imdb/{split}.tsv.xz").write_bytes(content)
    parts = {"test": HOTELS[::10], "dev": HOTELS[1::10]}
    parts["train"] = [row for row in HOTELS if row not in parts["test"] + parts["dev"]]
    for split, hotels in parts.items():
        (tmp_path / f"chinese_reviews/hotel.{split}.tsv.xz").write_bytes(packed(hotels, "label", "text"))
        goods = [("水果", label, text.replace("酒店", "水果")) for label, text in hotels]
        (tmp_path / f"chinese_reviews/shopping.{split}.tsv.xz").write_bytes(packed(goods, "category", "label", "text"))
    held = {kind: frozenset(keys(text) for _, text in parts[kind]) for kind in ("dev", "test")}
    fruit = {kind: frozenset(keys(t.replace("酒店", "水果")) for _, t in parts[kind]) for kind in ("dev", "test")}
    monkeypatch.setattr(HeldOut, "load", lambda slug: HeldOut(**(held if slug.endswith("hotel") else fruit)))
    monkeypatch.setattr(reviews, "MIN_REVIEWS", 50)
    monkeypatch.setenv("ALIGNSCOPE_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def publisher(tmp_path: Path, local: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, bytes], None]]:
    """The corpora as if they were published on loopback and nothing were there; calling it replaces a file."""
    files = dict(PUBLISHED)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = files[self.path.rpartition("/")[2]]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    known = {}
    for name, corpus in REVIEWS.items():
        file = corpus.url.rpartition("/")[2]
        digest = sha256(PUBLISHED[file]).hexdigest() if corpus.sha256 else None
        known[name] = replace(corpus, url=f"http://127.0.0.1:{server.server_address[1]}/{file}", sha256=digest)
    monkeypatch.setattr(reviews, "REVIEWS", known)
    monkeypatch.delenv("ALIGNSCOPE_DATA")
    monkeypatch.setenv("ALIGNSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield files.__setitem__
    server.shutdown()
    thread.join()
    server.server_close()


def parts(found: Reviews) -> tuple[object, ...]:
    return found.train, found.dev, found.test, found.dropped, found.skipped, found.labels


def test_imdb_keeps_its_test_and_gives_some_of_training_to_development(local: Path) -> None:
    found = read("imdb")
    assert found.language == "en" and found.labels == ("negative", "positive")
    assert {review.id for review in found.test} == {"test/pos_1", "test/neg_1", "test/neg_2"}  # repeats too
    assert len(found.train) + len(found.dev) == 301 and 5 <= len(found.dev) <= 30
    assert found.dropped == 1 and found.skipped == 1
    everything = found.train + found.dev + found.test
    assert "seen in TEST" not in {review.text for review in everything}
    assert {"Fine—really…", "Dull."} <= {review.text for review in everything}
    assert set(found.sha256) == {"train.tsv.xz", "test.tsv.xz"}


@pytest.mark.parametrize("name", REVIEWS)
def test_a_fetched_corpus_is_parted_as_the_local_one(
    name: str, local: Path, publisher: Callable[[str, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = read(name)
    assert read(name) == fetched
    monkeypatch.setenv("ALIGNSCOPE_DATA", str(local))
    assert parts(read(name)) == parts(fetched)
    assert len(fetched.test) == (3 if name == "imdb" else 6)


@pytest.mark.parametrize("name", REVIEWS)
def test_a_publishers_file_laid_into_the_local_folder_is_read(name: str, local: Path) -> None:
    wanted = read(name)
    for file in REVIEWS[name].files.values():
        (local / file).unlink()
    with pytest.raises(Refused, match=r"has no .*train\.tsv\.xz"):
        read(name)
    file = REVIEWS[name].url.rpartition("/")[2]
    (local / file).write_bytes(PUBLISHED[file])
    if name == "imdb":
        with pytest.raises(Refused, match="is not the file that https://ai"):
            read(name)
    else:
        assert parts(read(name)) == parts(wanted)


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("imdb", PUBLISHED["aclImdb_v1.tar.gz"][:-9], "is not the file that https"),
        ("chinese_reviews/hotel", b"<html>", "has no columns label and review"),
        ("chinese_reviews/hotel", b"", "The file is empty"),
        ("chinese_reviews/hotel", csv_of(HOTELS[:20], "label", "review"), "holds 20 reviews; its format has changed"),
        ("chinese_reviews/hotel", csv_of(HOTELS, "label", "review").decode("utf-8-sig").encode("gbk"), "not UTF-8"),
        ("chinese_reviews/hotel", b"label,review\n" + b"x" * 200_000, "is no CSV that can be read"),
        ("chinese_reviews/shopping", b"PK", "no whole zip archive"),
        ("chinese_reviews/shopping", zipped(b"label,review\n1,a"), "has no columns cat and label and review"),
    ],
)
def test_what_is_not_the_corpus_is_refused_and_not_kept(
    name: str, body: bytes, sentence: str, publisher: Callable[[str, bytes], None], tmp_path: Path
) -> None:
    publisher(REVIEWS[name].url.rpartition("/")[2], body)
    with pytest.raises(Refused, match=sentence):
        fetch(name)
    assert {path.suffix for path in (tmp_path / "cache").iterdir()} == {".lock"}


def test_a_broken_tar_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for content in (PUBLISHED["aclImdb_v1.tar.gz"][:2_000], b"no tar", b"", lzma.compress(b"x")):
        (tmp_path / "x.tar.gz").write_bytes(content)
        with pytest.raises(Refused, match=r"no whole tar archive"):
            review_files.imdb(tmp_path / "x.tar.gz")
    with pytest.raises(Refused, match="cannot be read"):
        review_files.imdb(tmp_path / "none.tar.gz")
    assert not (tmp_path.parent / "evil.txt").exists()


def test_a_tar_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("aclImdb/train/pos/1_7.txt")
        member.size = 30_000_000
        archive.addfile(member, io.BytesIO(bytes(member.size)))
    with pytest.raises(Refused, match="times its size"):
        review_files.imdb(tmp_path / "bomb.tar.gz")


def own(path: Path, rows: list[tuple[str, str]], separator: str = ",") -> str:
    lines = [f'{label}{separator}"{text}"' if separator == "," else f"{label}\t{text}" for label, text in rows]
    path.write_text("\n".join([f"Label{separator}TEXT", *lines]) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("file", "separator"), [("own.csv", ","), ("own.tsv", "\t")])
def test_an_own_file_is_parted_by_its_texts_whatever_is_added_later(tmp_path: Path, file: str, separator: str) -> None:
    rows = [(("bad", "good", "odd")[n % 3], f"Text number {n}, so to say.") for n in range(400)]
    found = read(own(tmp_path / file, [*rows, ("", "no label"), ("bad", " ")], separator))
    assert found.labels == ("bad", "good", "odd") and found.language == "en" and found.skipped == 2
    assert len(found.train) + len(found.dev) + len(found.test) == 400
    assert 8 <= len(found.dev) <= 40 and 8 <= len(found.test) <= 40
    more = read(own(tmp_path / file, [("good", f"Another {n}.") for n in range(100)] + rows, separator))
    for split in ("train", "dev", "test"):
        assert {r.text for r in getattr(found, split)} <= {r.text for r in getattr(more, split)}


def test_an_own_file_of_chinese_texts_is_chinese(tmp_path: Path) -> None:
    assert read(own(tmp_path / "own.csv", [(str(n % 2), f"第{n}家店, OK") for n in range(20)])).language == "zh"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("own.csv", b"label,text\n1,only one label\n", "has one label only; between 2 and 100"),
        ("own.csv", "".join(f"{n},text {n}\n" for n in range(200)).encode(), "has no columns label and text"),
        ("own.csv", b"label,text\n" + b"".join(b"%d,t\n" % n for n in range(200)), "has 200 different labels"),
        ("own.csv", b"", "The file is empty"),
        ("own.csv", b"\xff\xfe\xff", "no text|not UTF-8"),
        ("own.xlsx", b"PK", r"is no \.csv, \.tsv"),
    ],
)
def test_an_own_file_that_cannot_be_learnt_from_is_refused(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused, match=sentence):
        read(str(tmp_path / name))


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    for ask in (read, fetch):
        with pytest.raises(Refused, match="use one of imdb, chinese_reviews/hotel, chinese_reviews/shopping"):
            ask("imbd")
    with pytest.raises(Refused, match="cannot be read"):
        read("./nowhere.csv")


def test_control_characters_are_read_as_browsers_read_them() -> None:
    assert cleaned("a\x96b\x85 c\x00d\x81\x7f\ud800 ") == "a–b… c d"


def test_every_corpus_says_whose_it_is() -> None:
    for corpus in REVIEWS.values():
        assert corpus.licence and corpus.attribution and corpus.home.startswith("https://")
        assert corpus.url.startswith("https://")


def test_the_hashes_that_come_along_part_the_chinese_corpora() -> None:
    for slug, size in (("hotel", 776), ("shopping", 2_636)):
        held = HeldOut.load(f"chinese_reviews.{slug}")
        assert len(held.dev) == size and len(held.test) == size + 1 and not held.dev & held.test


def test_the_hashes_can_be_made_again(local: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    made: dict[tuple[str, str], frozenset[tuple[int, int]]] = {}
    monkeypatch.setattr(reviews.splits, "save", lambda slug, split, found: made.update({(slug, split): found}))
    assert main([str(local)]) == 0
    assert made["chinese_reviews.hotel", "test"] == HeldOut.load("chinese_reviews.hotel").test
    assert "chinese_reviews.shopping: 6 texts for dev" in capsys.readouterr().err
    assert main([]) == 2 and main([str(local / "nowhere")]) == 2
