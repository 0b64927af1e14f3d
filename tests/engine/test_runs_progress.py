"""How far a run is: followed as it grows, thinned to be drawn, and what it does before its first update."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.runs import activity, progress
from engine.runs.progress import Follower, Point, thinned
from tests.engine.test_runs import LINE

POINTS = st.lists(st.integers(1, 10**6), max_size=30).map(lambda steps: "".join(map(LINE.format, steps)))


@given(POINTS, st.lists(st.integers(0, 5000), max_size=8), st.booleans())
def test_what_is_followed_in_pieces_is_what_is_read_at_once(text: str, cuts: list[int], torn: bool) -> None:
    content = text.encode() + b'{"step": 7' * torn
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "progress.jsonl")
        follower, coming = Follower(file), []
        assert follower.read() == []
        with file.open("wb") as lines:
            for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(content)], strict=True):
                lines.write(content[start:end])
                lines.flush()
                coming += follower.read()
        assert coming == follower.points == Follower(file).read()
        assert [point.step for point in coming] == [json.loads(line)["step"] for line in text.splitlines()]
        wanted = coming[-1] if coming else None
        assert progress.last(Path(folder)) == wanted


def test_a_file_written_anew_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    file.write_text("".join(map(LINE.format, (25, 50, 75))))
    follower = Follower(file)
    assert [point.step for point in follower.read()] == [25, 50, 75] and follower.read() == []
    files_new = tmp_path / "new"
    files_new.write_text("".join(map(LINE.format, (25, 50))))
    os.replace(files_new, file)
    assert [point.step for point in follower.read()] == [25, 50] == [point.step for point in follower.points]
    file.write_text(LINE.format(25))  # shorter, in place
    assert [point.step for point in follower.read()] == [25]
    file.unlink()
    assert follower.read() == []


def test_lines_longer_than_a_chunk_and_lines_that_are_none_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "CHUNK", 64)
    file = tmp_path / "progress.jsonl"
    file.write_text(LINE.format(25) + "x" * 500 + "\n" + LINE.format(50) + "\n[]\n" + LINE.format(75))
    follower = Follower(file)
    assert [point.step for point in follower.read()] == [25, 50, 75]


@given(st.lists(st.floats(0, 10), max_size=300), st.integers(1, 60))
def test_a_thinned_curve_has_at_most_so_many_points_from_first_to_last(losses: list[float], most: int) -> None:
    points = [Point(i + 1, 300, loss, 1.0, 1.0, loss if i % 7 == 0 else None) for i, loss in enumerate(losses)]
    thin = thinned(points, most)
    assert len(thin) == min(most, len(points))
    assert [point.step for point in thin] == sorted({point.step for point in thin})
    if points:
        assert thin[-1].step == points[-1].step
        assert min(losses) <= min(point.loss for point in thin) + 1e-9
        assert max(point.loss for point in thin) <= max(losses) + 1e-9
        assert {point.validation for point in thin} <= {point.validation for point in points}


def test_what_a_training_does_before_it_learns_is_told(tmp_path: Path) -> None:
    assert activity.read(tmp_path) is None
    told = activity.fetching(tmp_path)
    told(10, 2_000_000)
    assert activity.read(tmp_path) == activity.Activity("fetching", 10, 2_000_000)
    told(20, 2_000_000)
    assert activity.read(tmp_path) == activity.Activity("fetching", 10, 2_000_000), "not every byte is written down"
    told(900_000, None)
    assert activity.read(tmp_path) == activity.Activity("fetching", 900_000)
    told(2_000_000, 2_000_000)
    assert activity.read(tmp_path) == activity.Activity("reading")
    activity.clear(tmp_path)
    assert activity.read(tmp_path) is None
    activity.write(tmp_path / "none", "reading")  # of which nobody need know
