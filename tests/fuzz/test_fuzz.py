"""Some of what `make fuzz` runs in full: no text, file or model does anything but be answered or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import files, models, texts

# What the libraries say of models that are not as they should be.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("count", [9, pytest.param(25, marks=pytest.mark.long)])
def test_texts_are_answered_or_refused(tmp_path: Path, count: int) -> None:
    # The seeds themselves go through the pages in another test, and the longest take longest.
    made = list(texts.texts(len(texts.SEEDS) + count, seed=3))[len(texts.SEEDS) :]
    pages = texts.Pages(tmp_path)
    answered = [texts.read(step, text[:80]) for number, text in enumerate(made) for _, step in pages.steps(number + 1)]
    assert sum(answered) > len(answered) // 2


def test_files_are_read_or_refused(tmp_path: Path) -> None:
    read = [files.read(one, tmp_path) for one in files.damaged(360, seed=3)]
    assert 60 < sum(read) < 300


@pytest.mark.long
def test_corpora_that_people_bring_are_read_or_refused(tmp_path: Path) -> None:
    brought = [one for one in files.damaged(1_000 * len(files.WHOLE), seed=5) if one[0].startswith("own")]
    read = [files.read(one, tmp_path) for one in brought]
    assert len(read) == 2_000 and 400 < sum(read) < 1_800


@pytest.mark.parametrize("count", [40, pytest.param(90, marks=pytest.mark.long)])
def test_models_are_opened_or_refused(tmp_path: Path, count: int) -> None:
    opened = [models.opened(model) for model in models.damaged(tmp_path, count, seed=3)]
    assert count // 12 < sum(opened) < count * 2 // 3
