"""Fetching a publisher's archive: with progress, resumed where it broke off, checked before it is kept.

The cache holds for each archive `X.zip`, its record `X.zip.json` (address, sha256, size, the publisher's marks), and
while it is being fetched `X.zip.part` with `X.zip.part.json`. A part is continued only if the publisher confirms by
`If-Range` that the archive is still the same one.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

import httpx

from engine.data import tsv
from engine.data.files import atomic_write, read_member, sync_folder
from engine.data.registry import CORPORA, Corpus, Published
from engine.errors import Refused

MAX_BYTES = 200_000_000
"""The largest archive that is fetched, in bytes."""
PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds to wait before each new try."""
MIN_GOOD_ROWS = 0.95
HEADERS = {"User-Agent": "alignscope/0.1", "Accept-Encoding": "identity"}


class Received(NamedTuple):
    """Bytes there and bytes wanted (None where the publisher does not say)."""

    done: int
    total: int | None


@dataclass(frozen=True)
class Record:
    """Where an archive came from; what a model card states. Times are UTC, ISO 8601."""

    url: str
    sha256: str
    bytes: int
    etag: str
    last_modified: str
    fetched: str


@dataclass(frozen=True)
class Archive:
    """An archive in the cache."""

    path: Path
    record: Record


@dataclass(frozen=True)
class _Marks:
    """What tells one edition of an archive from the next."""

    etag: str
    last_modified: str

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> _Marks:
        return cls(headers.get("ETag", ""), headers.get("Last-Modified", ""))

    @property
    def if_range(self) -> str:
        """A weak ETag may not be used here (RFC 9110, section 13.1.5)."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


class _Broken(Exception):
    """The transfer broke off; another try may help."""


def cache_folder() -> Path:
    """Where archives are kept: `ALIGNSCOPE_CACHE`, or `~/.cache/alignscope`."""
    return Path(os.environ.get("ALIGNSCOPE_CACHE") or Path.home() / ".cache" / "alignscope")


def check(path: Path, corpus: Corpus) -> tsv.PairTable:
    """What the archive at `path` holds; raises `Refused` unless it is a zip with sentence pairs in it."""
    table = tsv.parse(read_member(path, str(corpus.member)), str(corpus.member))
    if len(table.pairs) < MIN_GOOD_ROWS * table.rows_in or not table.pairs:
        raise Refused(
            "{name} from {url}: of its rows ({rows}) only {good} hold a sentence pair; its format has changed, so it "
            "is not used",
            name=corpus.member,
            url=corpus.url,
            good=len(table.pairs),
            rows=table.rows_in,
        )
    return table


P = TypeVar("P", bound=Published)
Check = Callable[[Path, P], object]
"""Raises `Refused` unless the file is what was asked for."""


Progress = Callable[[int, int | None], object]
"""Is told how many bytes are there, and how many are wanted where that is known."""


def fetch(name: str, progress: Progress | None = None) -> Archive:
    """The archive of the corpus `name`, from the cache or else from its publisher.

    Raises `Refused` if it cannot be had, with what to do instead.
    """
    if name not in CORPORA:
        raise Refused("{name} is no corpus; use one of {names}", name=name, names=", ".join(CORPORA))
    return fetched(CORPORA[name], check, progress)


def fetched(corpus: P, check: Check[P], progress: Progress | None = None) -> Archive:
    """As `fetch`, for anything that is published; `check` says whether a file may be kept."""
    for step in fetching(corpus, check):
        if progress is not None:
            progress(step.done, step.total)
    return cached(corpus)


def cached(corpus: Published) -> Archive:
    """The file of `corpus` as it lies in the cache; raises `Refused` if it does not."""
    path = _archive_path(corpus)
    try:
        record = Record(**json.loads(_beside(path, ".json").read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise Refused("{name} is not in the cache; fetch it first", name=corpus.name) from error
    return Archive(path, record)


def fetching(corpus: P, check: Check[P]) -> Iterator[Received]:
    """Fetch the file of `corpus`, yielding how far it is; nothing is yielded if it is in the cache.

    To stop iterating is to stop fetching; a later call goes on from there. Raises `Refused`.
    """
    path = _archive_path(corpus)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(_beside(path, ".lock")):
            if path.exists() and _beside(path, ".json").exists():
                return
            yield from _until_whole(corpus, path, check)
    except OSError as error:
        raise Refused(
            "{path} cannot be written ({reason}); free some space or set ALIGNSCOPE_CACHE to another folder",
            path=path,
            reason=error.strerror or error,
        ) from error


def _archive_path(corpus: Published) -> Path:
    if corpus.url is None:
        raise Refused(
            "{name} must be fetched by hand from {home}; then set ALIGNSCOPE_DATA to its folder",
            name=corpus.name,
            home=corpus.home,
        )
    return cache_folder() / corpus.url.rpartition("/")[2]


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Two processes never write one part: the second waits, and then finds the archive there."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _until_whole(corpus: P, path: Path, check: Check[P]) -> Iterator[Received]:
    part = _beside(path, ".part")
    resumed = part.exists()
    yield from _transfer(corpus, part)
    try:
        check(part, corpus)
    except Refused:
        _forget(part)
        if not resumed:
            raise
        yield from _transfer(corpus, part)  # the old part may have been at fault: once more from its first byte
        try:
            check(part, corpus)
        except Refused:
            _forget(part)
            raise
    marks = _marks_of(part)
    data = part.read_bytes()
    now = datetime.now(UTC).isoformat(timespec="seconds")
    record = Record(str(corpus.url), sha256(data).hexdigest(), len(data), marks.etag, marks.last_modified, now)
    atomic_write(_beside(path, ".json"), json.dumps(asdict(record), indent=2).encode())
    os.replace(part, path)
    sync_folder(path.parent)
    _forget(part)


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _beside(part, ".json").unlink(missing_ok=True)


def _marks_of(part: Path) -> _Marks:
    try:
        return _Marks(**json.loads(_beside(part, ".json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return _Marks("", "")


def _transfer(corpus: Published, part: Path) -> Iterator[Received]:
    """Bring `part` to its full length, over as many tries as `PAUSES` allows."""
    url = str(corpus.url)
    with httpx.Client(headers=HEADERS, timeout=httpx.Timeout(20, connect=10), follow_redirects=True) as client:
        for pause in (*PAUSES, None):
            try:
                yield from _one_try(client, url, part)
                return
            except (httpx.TransportError, _Broken) as error:
                if pause is None:
                    raise Refused(
                        "could not reach {host}; try again later, or set ALIGNSCOPE_DATA to a folder with {archive}",
                        host=httpx.URL(url).host,
                        archive=url.rpartition("/")[2],
                    ) from error
                time.sleep(pause)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise _answered(url, str(error)) from error


def _answered(url: str, answer: str) -> Refused:
    return Refused(
        "{url} answered: {answer}; set ALIGNSCOPE_DATA to a folder with {archive}",
        url=url,
        answer=answer,
        archive=url.rpartition("/")[2],
    )


def _one_try(client: httpx.Client, url: str, part: Path) -> Iterator[Received]:
    done = part.stat().st_size if part.exists() else 0
    marks = _marks_of(part)
    headers = {}
    if done and marks.if_range:
        headers = {"Range": f"bytes={done}-", "If-Range": marks.if_range}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 206 and headers and _continues(response, done, marks):
            mode = "ab"
        elif response.status_code == 200:
            mode, done, marks = "wb", 0, _Marks.of(response.headers)
        elif response.status_code == 416 and response.headers.get("Content-Range") == f"bytes */{done}":
            yield Received(done, done)  # the last try broke off after the last byte
            return
        elif response.status_code in (206, 416):
            _forget(part)
            raise _Broken("the part does not fit what is there now")
        elif response.status_code >= 500 or response.status_code == 429:
            raise _Broken(f"status {response.status_code}")
        else:
            raise _answered(url, f"{response.status_code} {response.reason_phrase}")
        length = response.headers.get("Content-Length", "")
        total = done + int(length) if length.isascii() and length.isdigit() else None
        if total is not None and total > MAX_BYTES:
            raise _too_large(url)
        with part.open(mode) as file:
            # After the old part is gone and before new bytes come: marks never belong to other bytes than those there.
            atomic_write(_beside(part, ".json"), json.dumps(asdict(marks)).encode())
            yield Received(done, total)
            for chunk in response.iter_raw():
                done += len(chunk)
                if done > MAX_BYTES:
                    raise _too_large(url)
                file.write(chunk)
                yield Received(done, total)
            file.flush()
            os.fsync(file.fileno())


def _continues(response: httpx.Response, done: int, marks: _Marks) -> bool:
    """Whether the bytes to come are those after the `done` ones, of the very same edition."""
    now = _Marks.of(response.headers)
    same = all(not new or new == old for new, old in ((now.etag, marks.etag), (now.last_modified, marks.last_modified)))
    return same and response.headers.get("Content-Range", "").startswith(f"bytes {done}-")


def _too_large(url: str) -> Refused:
    return Refused("{url} is larger than {limit} MB, so it is not fetched", url=url, limit=MAX_BYTES // 10**6)
