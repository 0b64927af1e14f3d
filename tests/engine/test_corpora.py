"""A corpus is had by its name, or from an own file or folder, in either direction."""

from __future__ import annotations

import errno
import lzma
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.data import files
from engine.data.files import atomic_write
from engine.data.pairs.corpora import CORPORA, load, read
from engine.data.splits import HeldOut, keys_of
from engine.data.tsv import Pair
from engine.errors import Refused


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `ALIGNSCOPE_DATA` with made Tatoeba files whose development and test pairs are the hashed ones."""
    pairs = {
        "train": [
            Pair("Go.", "Va !"),
            Pair("Stop.", "Cesse !"),
            Pair("Held out!", "nouveau"),
            Pair("new", "mis de côté."),
        ],
        "dev": [Pair("Wait.", "Attends !")],
        "test": [Pair("Held out.", "Mis de côté !")],
    }
    for split, rows in pairs.items():
        path = tmp_path / CORPORA["tatoeba/en-fr"].files[split]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(lzma.compress("".join("\t".join(pair) + "\n" for pair in rows).encode()))
    held_out = HeldOut(frozenset(keys_of(pairs["dev"])), frozenset(keys_of(pairs["test"])))
    monkeypatch.setattr(HeldOut, "load", lambda slug: held_out)
    monkeypatch.setenv("ALIGNSCOPE_DATA", str(tmp_path))
    return tmp_path


def test_a_corpus_is_read_from_the_local_folder_with_its_own_splits(folder: Path) -> None:
    assert load("tatoeba/en-fr", "train") == [("Go.", "Va !"), ("Stop.", "Cesse !")]
    assert load("tatoeba/en-fr", "dev") == [("Wait.", "Attends !")]
    assert load("tatoeba/en-fr", "test") == [("Held out.", "Mis de côté !")]
    assert read("tatoeba/en-fr").split.dropped == [("Held out!", "nouveau"), ("new", "mis de côté.")]


def test_the_other_direction_has_the_same_pairs_turned_round(folder: Path) -> None:
    for split in ("train", "dev", "test"):
        turned = [Pair(target, source) for source, target in load("tatoeba/en-fr", split)]
        assert load("tatoeba/fr-en", split) == turned


def test_an_archive_laid_into_the_local_folder_by_hand_is_read(folder: Path) -> None:
    for file in CORPORA["tatoeba/en-fr"].files.values():
        (folder / file).unlink()
    with zipfile.ZipFile(folder / "fra-eng.zip", "w") as archive:
        archive.writestr("fra.txt", "HELD OUT!\tmis de côté\tCC-BY\nHeld out\tautre\tCC-BY\nGo.\tVa !\tCC-BY\n")
    assert load("tatoeba/en-fr", "test") == [("HELD OUT!", "mis de côté")]
    assert load("tatoeba/en-fr", "train") == [("Go.", "Va !")]
    assert read("tatoeba/en-fr").split.dropped == [("Held out", "autre")]


def test_a_local_folder_without_the_corpus_names_the_missing_file(folder: Path) -> None:
    for name in ("tatoeba/en-zh", "xdailydialog/en-zh"):
        with pytest.raises(Refused, match=r"has no .*train\.tsv\.xz"):
            load(name, "train")


def test_an_own_file_is_parted_the_same_way_every_time(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("".join(f"word {n}\tmot {n}\n" for n in range(500)) + "ragged\n", encoding="utf-8")
    loaded = read(str(path))
    assert loaded.split == read(str(path)).split and loaded.corpus is None
    assert [str(note) for note in loaded.notes] == ["row 501: 1 column instead of 2, skipped"]
    assert loaded.rows_in == 501 and loaded.rows_bad == 1
    assert sum(len(load(str(path), split)) for split in ("train", "dev", "test")) == 500


def test_an_own_folder_keeps_its_splits_but_learns_nothing_from_test(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("a\tb\nc!\tother\nother\tF.\nx\ty\n", encoding="utf-8")
    (tmp_path / "dev.txt").write_text("c\td\n", encoding="utf-8")
    (tmp_path / "test.tsv.xz").write_bytes(lzma.compress(b"e\tf\n"))
    loaded = read(str(tmp_path))
    assert loaded.split.train == [("a", "b"), ("x", "y")]
    assert loaded.split.dev == [("c", "d")] and loaded.split.test == [("e", "f")]
    assert loaded.split.dropped == [("c!", "other"), ("other", "F.")]
    assert set(loaded.sha256) == {"train.tsv", "dev.txt", "test.tsv.xz"}
    (tmp_path / "dev.txt").unlink()
    with pytest.raises(Refused, match=r"has no dev\.tsv"):
        read(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "split", "sentence"),
    [
        ("tatoeba/en-xx", "train", "is no corpus; use one of tatoeba/en-fr"),
        ("tatoeba/en-fr", "validation", "validation is no split; use one of train, dev, test"),
        ("/nowhere/at/all.tsv", "train", "cannot be read"),
        ("/etc/passwd", "train", r"is no \.tsv"),
        ("../" * 9 + "etc", "train", "has no train"),
        ("a\0b", "train", "is no corpus"),
        ("/a\0b.tsv", "train", "cannot be read"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_one_sentence(name: str, split: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        load(name, split)


def test_too_few_pairs_to_part_are_refused_for_the_empty_split(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("a\tb\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"has no pair for (train|test)"):
        _ = [load(str(path), split) for split in ("train", "test")]


def test_every_corpus_says_whose_it_is() -> None:
    for corpus in CORPORA.values():
        assert corpus.licence and corpus.attribution and corpus.home.startswith("https://")
        source, target = corpus.languages
        alone = "" if corpus.utterances is None else f"/{corpus.utterances}"
        assert corpus.name.endswith(f"/{source}-{target}") or (
            source == target and corpus.name == corpus.slug.partition(".")[0] + alone
        )
        assert corpus.url is None or (corpus.url.startswith("https://") and corpus.member)


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_write_that_fails_anywhere_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "settings.json"
    atomic_write(path, b"old")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    content: bytes | Callable[..., object] = b"new"
    if call == "write":
        content = full
    else:
        monkeypatch.setattr(files.os, call, full)
    with pytest.raises(OSError, match="No space"):
        atomic_write(path, content)
    monkeypatch.undo()
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["settings.json"]


def test_a_file_is_replaced_whole_and_may_be_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "table.bin"
    atomic_write(path, b"old")
    atomic_write(path, lambda file: file.write(b"new"))
    assert path.read_bytes() == b"new" and os.listdir(tmp_path) == ["table.bin"]
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert path.stat().st_mode == plain.stat().st_mode
