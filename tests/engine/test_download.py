"""An archive is fetched whole, or not at all and with a sentence that says what to do."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.data import download
from engine.data.download import Received, cached, check, fetch, fetching
from engine.data.pairs.corpora import CORPORA, Corpus, read
from engine.errors import Refused

ROWS = "".join(f"Sentence {n}.\tPhrase {n} !\tCC-BY {n}\n" for n in range(5_000)).encode()


def zipped(content: bytes = ROWS, name: str = "fra.txt") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_about.txt", "about")
        archive.writestr("../../evil.txt", "evil")
        archive.writestr(name, content)
    return file.getvalue()


@dataclass
class Publisher:
    """What the server on loopback does next; each answer is noted in `asked`."""

    body: bytes = field(default_factory=zipped)
    etag: str = '"first"'
    status: int = 200
    ranges: bool = True
    ignores_if_range: bool = False
    cut: list[int] = field(default_factory=list)
    """For each of the next answers, after how many bytes the line goes dead."""
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)
    port: int = 0

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted, condition = handler.headers.get("Range"), handler.headers.get("If-Range")
        self.asked.append((wanted, condition))
        start = 0
        status = self.status
        if wanted and self.ranges and (self.ignores_if_range or condition == self.etag) and status == 200:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            status = 206 if start < len(self.body) else 416
        handler.send_response(status)
        if self.etag:
            handler.send_header("ETag", self.etag)
        body = self.body[start:] if status != 416 else b""
        handler.send_header("Content-Length", str(len(body)))
        if status == 206:
            handler.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        if status == 416:
            handler.send_header("Content-Range", f"bytes */{len(self.body)}")
        handler.end_headers()
        if self.cut:
            body = body[: self.cut.pop(0)]
        handler.wfile.write(body)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher.answer(self)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publisher.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield publisher
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def corpus(publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """Tatoeba en-fr as if it were published on loopback, an empty cache, and no pauses between tries."""
    known = replace(CORPORA["tatoeba/en-fr"], url=f"http://127.0.0.1:{publisher.port}/fra-eng.zip")
    for module in ("download", "pairs.corpora"):
        monkeypatch.setattr(f"engine.data.{module}.CORPORA", {known.name: known})
    monkeypatch.setattr(download, "PAUSES", (0.0,) * 4)
    monkeypatch.setenv("ALIGNSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ALIGNSCOPE_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return known


def left_over(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "cache").iterdir()} - {"fra-eng.zip.lock"}


WHOLE = {"fra-eng.zip", "fra-eng.zip.json"}


def test_an_archive_is_fetched_once_with_progress_and_its_hash(
    publisher: Publisher, corpus: Corpus, tmp_path: Path
) -> None:
    steps: list[tuple[int, int | None]] = []
    archive = fetch(corpus.name, progress=lambda done, total: steps.append((done, total)))
    assert archive.path.read_bytes() == publisher.body
    assert archive.record.sha256 == sha256(publisher.body).hexdigest()
    assert archive.record.url == corpus.url and archive.record.etag == '"first"'
    size = len(publisher.body)
    assert steps[0] == (0, size) and steps[-1] == (size, size) and steps == sorted(steps)
    assert fetch(corpus.name) == archive and len(publisher.asked) == 1
    assert left_over(tmp_path) == WHOLE


@pytest.mark.parametrize("cuts", [[10_000], [1, 1, 1], [0], [10_000, 0, 500, 20_000]])
def test_a_dead_line_is_taken_up_where_it_broke_off(publisher: Publisher, corpus: Corpus, cuts: list[int]) -> None:
    publisher.cut = list(cuts)
    assert fetch(corpus.name).path.read_bytes() == publisher.body
    arrived = sum(cuts)
    assert publisher.asked[-1] == ((f"bytes={arrived}-", '"first"') if arrived else (None, None))


def test_a_reader_who_stops_and_comes_back_fetches_only_the_rest(publisher: Publisher, corpus: Corpus) -> None:
    publisher.body = zipped("".join(f"{sha256(b'%d' % n).hexdigest()}\tx\n" for n in range(10_000)).encode())
    steps = fetching(corpus, check)
    there = [next(steps).done, next(steps).done]
    steps.close()
    assert there[0] == 0 < there[1] < len(publisher.body)
    with pytest.raises(Refused, match="not in the cache"):
        cached(corpus)
    assert fetch(corpus.name).path.read_bytes() == publisher.body
    assert publisher.asked[1:] == [(f"bytes={there[1]}-", '"first"')]


def test_a_part_that_lacks_no_byte_is_not_fetched_again(publisher: Publisher, corpus: Corpus) -> None:
    steps = fetching(corpus, check)
    while next(steps).done < len(publisher.body):
        pass
    steps.close()
    assert fetch(corpus.name).path.read_bytes() == publisher.body
    assert publisher.asked[1:] == [(f"bytes={len(publisher.body)}-", '"first"')]


@pytest.mark.parametrize("ignores_if_range", [False, True])
def test_a_replaced_archive_is_never_glued_to_an_old_part(
    publisher: Publisher, corpus: Corpus, ignores_if_range: bool
) -> None:
    publisher.cut = [10_000, 0, 0, 0, 0]
    with pytest.raises(Refused, match=r"could not reach 127\.0\.0\.1.*ALIGNSCOPE_DATA"):
        fetch(corpus.name)
    publisher.body, publisher.etag = zipped(ROWS[: len(ROWS) // 2]), '"second"'
    publisher.ignores_if_range = ignores_if_range
    archive = fetch(corpus.name)
    assert archive.path.read_bytes() == publisher.body and archive.record.etag == '"second"'


def test_a_part_that_a_careless_server_glued_is_fetched_anew(publisher: Publisher, corpus: Corpus) -> None:
    publisher.cut = [10_000, 0, 0, 0, 0]
    with pytest.raises(Refused):
        fetch(corpus.name)
    publisher.body = zipped(ROWS.replace(b"e", b"i"))  # under the same ETag
    assert fetch(corpus.name).path.read_bytes() == publisher.body


@pytest.mark.parametrize(("ranges", "etag"), [(False, '"first"'), (True, ""), (True, 'W/"weak"')])
def test_a_server_that_cannot_continue_sends_all_again(
    publisher: Publisher, corpus: Corpus, ranges: bool, etag: str
) -> None:
    publisher.ranges, publisher.etag, publisher.cut = ranges, etag, [10_000, 5_000]
    assert fetch(corpus.name).path.read_bytes() == publisher.body


def test_a_part_longer_than_the_archive_is_thrown_away(publisher: Publisher, corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "fra-eng.zip.part").write_bytes(b"x" * 10**6)
    marks = {"etag": '"first"', "last_modified": ""}
    (tmp_path / "cache" / "fra-eng.zip.part.json").write_text(json.dumps(marks))
    assert fetch(corpus.name).path.read_bytes() == publisher.body
    assert left_over(tmp_path) == WHOLE


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<html>Not what you wanted</html>", "no whole zip archive"),
        (zipped()[:-30], "no whole zip archive"),
        (zipped()[:5_000], "no whole zip archive"),
        (b"", "no whole zip archive"),
        (zipped(name="deu.txt"), r"does not hold the file fra\.txt"),
        (zipped(b"no tab here\n" * 50), "its format has changed"),
        (zipped("é\tà\n".encode("latin-1")), "not UTF-8"),
        (zipped(b""), "is empty"),
        (zipped(b"a\tb\n" * 3_000_000), "times its size"),
    ],
    ids=["html", "truncated", "half", "nothing", "other member", "no columns", "latin-1", "empty", "bomb"],
)
def test_what_is_no_archive_of_pairs_is_refused_and_not_kept(
    publisher: Publisher, corpus: Corpus, tmp_path: Path, body: bytes, sentence: str
) -> None:
    publisher.body = body
    with pytest.raises(Refused, match=sentence):
        fetch(corpus.name)
    assert left_over(tmp_path) == set()
    assert not (tmp_path.parent / "evil.txt").exists()


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (406, 1), (429, 5), (500, 5), (503, 5)])
def test_a_lasting_error_is_told_at_once_and_a_passing_one_tried_again(
    publisher: Publisher, corpus: Corpus, status: int, tries: int
) -> None:
    publisher.status = status
    with pytest.raises(Refused, match="ALIGNSCOPE_DATA"):
        fetch(corpus.name)
    assert len(publisher.asked) == tries


def test_offline_says_what_to_do(corpus: Corpus, publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = replace(corpus, url="http://127.0.0.1:9/fra-eng.zip")
    monkeypatch.setattr("engine.data.download.CORPORA", {nobody.name: nobody})
    with pytest.raises(Refused, match=r"could not reach 127\.0\.0\.1;.* set ALIGNSCOPE_DATA to a folder with fra-eng"):
        fetch(nobody.name)


def test_too_large_an_archive_is_not_fetched(
    publisher: Publisher, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MAX_BYTES", 1_000)
    with pytest.raises(Refused, match="larger than"):
        fetch(corpus.name)


def test_a_corpus_without_an_archive_names_its_home() -> None:
    with pytest.raises(Refused, match=r"by hand from https://github\.com"):
        fetch("xdailydialog/en-zh")
    with pytest.raises(Refused, match="is no corpus"):
        fetch("tatoeba/en-xx")


def test_a_folder_that_cannot_be_written_is_told(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(Refused, match="ALIGNSCOPE_CACHE"):
        fetch(corpus.name)


def test_the_fetched_edition_is_read_with_its_third_column_left_out(publisher: Publisher, corpus: Corpus) -> None:
    loaded = read(corpus.name)
    assert loaded.split.train[0] == ("Sentence 0.", "Phrase 0 !")
    assert loaded.rows_in == 5_000 and loaded.sha256 == {"fra-eng.zip": sha256(publisher.body).hexdigest()}


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=8))
def test_a_damaged_archive_is_read_rightly_or_refused(tmp_path: Path, place: int, junk: bytes) -> None:
    good = zipped(ROWS[:2_000])
    place %= len(good)
    path = tmp_path / "fra-eng.zip"
    path.write_bytes(good[:place] + junk + good[place + len(junk) :])
    try:
        table = check(path, CORPORA["tatoeba/en-fr"])
    except Refused as refused:
        assert str(refused)
    else:
        assert table.rows_in == ROWS[:2_000].count(b"\n") + 1


def test_progress_is_a_plain_pair() -> None:
    assert Received(1, None) == (1, None)
