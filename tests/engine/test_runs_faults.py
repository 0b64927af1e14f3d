"""Runs whose files cannot be written or read: no failure leaves a mix, and none hides another run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.errors import Refused
from engine.runs import activity, outcome, queue, request, worker
from engine.runs.files import LOCK
from engine.runs.outcome import Outcome
from tests.engine.test_runs import add, begin, root

__all__ = ["root"]


def failing_at(k: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """The k-th call that changes a file or a folder fails; says whether one did."""
    calls = 0

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == k:
                raise OSError(28, "No space left on device")
            return real(*arguments, **named)

        return call

    for name in ("open", "mkdir", "rename", "replace", "fsync", "unlink", "rmdir"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    return lambda: calls >= k


def shot() -> dict[str, Any]:
    """All that anybody sees of all runs, but for when they came."""
    seen = {run.name: (run, run.request) for run in queue.runs()}
    return {
        name: (run.state, run.place, run.outcome, run.stored, asked.title, asked.note, asked.owner)
        for name, (run, asked) in seen.items()
    }


def prepared(what: str) -> Callable[[], object]:
    add("other")
    run = add("one")
    begin(run)
    if what == "resume":
        outcome.write(run.folder, Outcome("stopped", 25, 8))
        queue.stop("one")
    if what == "restore":
        queue.delete("one")
    actions: dict[str, Callable[[], object]] = {
        "add": lambda: add("new"),
        "stop": lambda: queue.stop("one"),
        "resume": lambda: queue.resume("one"),
        "delete": lambda: queue.delete("one"),
        "restore": lambda: queue.restore("one"),
        "rename": lambda: queue.rename("one", "new", "note"),
    }
    return actions[what]


@pytest.mark.parametrize("what", ["add", "stop", "resume", "delete", "restore", "rename"])
def test_whatever_call_fails_a_run_stands_as_before_or_as_was_asked(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new: dict[str, Any] = {}
    for k in [0, *range(1, 60)]:
        monkeypatch.setenv("ALIGNSCOPE_RUNS", str(tmp_path / str(k)))
        (tmp_path / str(k)).mkdir()
        act = prepared(what)
        old = shot()
        if not k:
            act()
            new = shot()
            assert new != old
            continue
        with monkeypatch.context() as patch:
            failed = failing_at(k, patch)
            try:
                act()
                told = False
            except (OSError, Refused):
                told = True
            over = not failed()
        now = shot()
        assert now == new if not told else now in (old, new), f"a mix after call {k}"
        if now == old:  # and nothing is stuck
            act()
            assert shot() == new
        if over:
            return
    raise AssertionError("it never came to its end")


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
IN_RUN = [
    "title",
    "created",
    "owner",
    "note",
    "device",
    "wanted",
    "since",
    "tries",
    "minutes",
    "end",
    "update",
    "best_update",
    "template",
    "plural",
    "facts",
]
IN_PROGRESS = ["step", "updates", "loss", "speed", "seconds", "validation", "doing", "done", "total"]
FIELDS = st.sampled_from([*IN_RUN, *IN_PROGRESS])
DAMAGE = (
    st.binary(max_size=60)
    | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | JSONS.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(FIELDS, JSONS, max_size=12).map(lambda value: json.dumps(value).encode())
)


@pytest.mark.parametrize("file", [request.FILE, outcome.FILE, "progress.jsonl", activity.FILE])
def test_a_damaged_file_hides_no_run_and_raises_nothing(root: Path, file: str) -> None:
    add("other")
    run = add("one")
    begin(run)

    @given(DAMAGE)
    @example(b'{"end": "failed", "template": "{x}"}')
    @example(b'{"end": "failed", "template": "{x.y}", "facts": {"x": 1}}')
    @example(b'{"end": "failed", "template": "{x[0]}", "facts": {"x": []}}')
    @example(b'{"end": "failed", "template": "{", "facts": {"self": 1}}')
    @example(b'{"end": "failed", "update": 1e999}')
    @example(b'{"since": 1e999}')
    @example(b'{"minutes": 1e999}')
    @example(b'{"minutes": ' + b"9" * 400 + b"}")
    @example(b'{"device": "' + b"x" * 5000 + b'", "wanted": "train"}')
    @example(b'{"device": "\\u0000", "wanted": "train"}')
    @example(b'{"title": "\\ud800"}')
    @example(b'{"step": 1e999, "updates": 1, "loss": 1, "speed": 1, "seconds": 1}\n')
    @example(b'{"doing": ["fetching"], "done": 1e999, "total": 1}')
    @example(b"[" * 100_000)
    def damaged(content: bytes) -> None:
        (run.folder / file).write_bytes(content)
        assert {each.name for each in queue.runs()} == {"one", "other"}
        shown = queue.find("one")
        json.dumps([shown.request.title, shown.request.note, str(shown.outcome and shown.outcome.refusal)]).encode()
        f"{shown.request.title}{shown.request.note}{shown.request.device}".encode()
        activity.read(run.folder), worker._reason(run.folder, 1)
        assert queue.next_for("cpu") in (run.folder, root / "other")

    damaged()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["a folder", "a pipe"])
@pytest.mark.parametrize("file", [request.FILE, outcome.FILE, "progress.jsonl", activity.FILE, LOCK, "log.txt"])
def test_a_folder_or_a_pipe_in_the_place_of_a_file_hides_no_run(
    root: Path, file: str, make: Callable[[Path], object]
) -> None:
    if make is os.mkfifo and file in (LOCK, "log.txt"):
        return  # these are opened to be written to, so that nobody else need be there
    add("other")
    run = add("one")
    (run.folder / file).unlink(missing_ok=True)
    if file != "progress.jsonl":
        begin(run)
    make(run.folder / file)
    worker._reason(run.folder, 2)
    activity.read(run.folder)
    assert {each.name for each in queue.runs()} == {"one", "other"}
