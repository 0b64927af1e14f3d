"""Pipes, sockets and devices in the place of a file: nobody waits for what never comes."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest
import torch

from engine.errors import Refused
from engine.store import catalogue, files, hugging_face
from tests.engine.tiny_transformers import tiny, tokenizer

CPU = torch.device("cpu")
FILES = (
    *("config.json", "model.safetensors", "model.safetensors.index.json", "generation_config.json"),
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt"),
)
pytestmark = [pytest.mark.timeout(20), pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    tiny("bert").save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "model"))


@pytest.mark.parametrize("file", FILES)
def test_a_pipe_in_a_folder_of_others_is_refused_at_once(file: str, folder: Path) -> None:
    (folder / file).unlink(missing_ok=True)
    os.mkfifo(folder / file)
    with pytest.raises(Refused, match=r"is no plain file|has no config.json that can be read"):
        hugging_face.load("guest", folder, CPU)


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_so_are_a_device_and_a_socket(file: str, folder: Path) -> None:
    (folder / file).unlink()
    (folder / file).symlink_to("/dev/zero")
    with pytest.raises(Refused, match=f"{file} of guest is no plain file"):
        hugging_face.load("guest", folder, CPU)
    (folder / file).unlink()
    with socket.socket(socket.AF_UNIX) as bound:
        before = Path.cwd()
        os.chdir(folder)  # a socket's path may be 107 bytes long
        try:
            bound.bind(file)
        finally:
            os.chdir(before)
        with pytest.raises(Refused, match=f"{file} of guest is no plain file"):
            hugging_face.load("guest", folder, CPU)


def test_no_file_is_read_from_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.json")
    with pytest.raises(Refused, match=r"has no config.json that can be read"):
        files.read_json(tmp_path / "config.json")


def test_models_are_listed_beside_folders_of_pipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(tmp_path))
    monkeypatch.setenv("ALIGNSCOPE_RUNS", str(tmp_path))
    (tmp_path / "run").mkdir()
    for file in ("config.json", "metrics.json", "model.safetensors"):
        os.mkfifo(tmp_path / "run" / file)
    assert catalogue.foreign_models() == []
    assert all(not info.name.startswith("run:") for info in catalogue.models())
