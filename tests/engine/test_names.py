"""No name, whatever it is, has a file read outside the folders of models, or anybody asked who is not the hub."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from huggingface_hub.errors import LocalEntryNotFoundError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.errors import Refused
from engine.inference import load as inference_load
from engine.store import catalogue, hub, hugging_face, names
from tests.watching import ASKED, OPENED, heard

CPU = torch.device("cpu")
ROOTS = ("pretrained", "runs", "guests")
HOSTILE = (
    *("", ".", "..", "~", "/", "//", "\\", "C:", "C:\\", "CON", "NUL", "aux", "x" * 300, "\x00", "\n", "\ud800"),
    *("%2e%2e", "%00", "..%2f", "．．", "／", "∕", "․․", "ｔｉｎｙ", "tіny", "tiny\u202e", "tiny.", "tiny ", "-", "--"),
    *(
        "http:",
        "https:",
        "file:",
        "169.254.169.254",
        "localhost",
        "a",
        "org",
        "etc",
        "passwd",
        "@",
        ":",
        "?",
        "#",
        "$x",
    ),
)
KNOWN = ("run:", "folder:", "hf:", "translation", "run", "tiny", "link", "linked", "outside", "secret", "config.json")
BEFORE = ("", "run:", "folder:", "hf:", "translation/", "/", "../")
AFTER = ("", "", "", "/", "/x", "/..", "/../linked", "/../../outside/secret", "\x00", ".json")
NAMES = st.one_of(
    st.lists(st.sampled_from((*HOSTILE, *KNOWN, "/", "/", "..")), max_size=8).map("".join),
    st.builds("{}{}{}".format, st.sampled_from(BEFORE), st.text(max_size=20), st.sampled_from(AFTER)),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(BEFORE),
        st.sampled_from(("tiny", "link", "linked", "none", "..")),
        st.sampled_from(AFTER),
    ),
)
properties = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def here(stored: catalogue.ModelInfo, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model in each folder, links that lead to one outside, and nothing of the hub."""
    for place in ("pretrained/translation/tiny", "guests/tiny", "outside/secret"):
        shutil.copytree(stored.folder, tmp_path / place)
    for root in ("pretrained/translation", "runs", "guests"):
        (tmp_path / root / "link").symlink_to(tmp_path / "outside" / "secret")
        shutil.copytree(stored.folder, tmp_path / root / "linked")
        (tmp_path / root / "linked" / "generation_config.json").symlink_to(tmp_path / "outside/secret/config.json")
    monkeypatch.setattr(names, "PRETRAINED", tmp_path / "pretrained")
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(tmp_path / "guests"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "cache" / "token"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(Refused):
        inference_load.transformer("hf:a/b", "cpu")  # the modules that this imports are files too
    return tmp_path


def outside(paths: list[object], here: Path, roots: tuple[str, ...] = ROOTS) -> list[object]:
    """Those that lie in no folder of models, links followed."""
    allowed = [(here / root).resolve() for root in roots]
    return [path for path in paths if not any(Path(str(path)).resolve().is_relative_to(root) for root in allowed)]


def tree(folder: Path) -> dict[str, int]:
    """All that lies below, and when it was last written."""
    return {str(path): path.lstat().st_mtime_ns for path in folder.rglob("*")}


@properties
@given(NAMES)
@example("translation/linked")
@example("run:link")
@example("folder:linked")
@example("run:tiny")
def test_no_name_finds_opens_or_writes_anything_outside_the_folders_of_models(here: Path, name: str) -> None:
    before = tree(here)
    with heard(OPENED) as opened:
        try:
            found = catalogue.find(name)
        except Refused as refused:
            assert len(str(refused).encode()) < 1_000
        else:
            assert not outside([found.folder], here) and found.folder.name == "tiny"
    assert outside(opened, here) == [] and tree(here) == before


@properties
@given(NAMES)
@example("folder:linked")
@example("folder:link")
@example("folder:tiny")
@example("hf:a/b")
def test_no_name_of_a_transformer_is_read_outside_the_folders_of_models(here: Path, name: str) -> None:
    before = tree(here)

    def load(name: str, folder: Path, device: torch.device) -> None:
        assert not outside([folder], here) and folder.name == "tiny"
        raise Refused("enough")

    with pytest.MonkeyPatch.context() as patched, heard(OPENED) as opened, pytest.raises(Refused):
        patched.setattr(hugging_face, "load", load)
        inference_load.transformer(name, "cpu")
    assert outside(opened, here, (*ROOTS, "cache")) == [] and tree(here) == before


@properties
@given(NAMES.filter(lambda name: name.startswith("hf:")) | NAMES.map("hf:{}".format))
@example("hf:a/b")
@example("hf:tiny.")
@example("hf:a/x-")
@example("hf:tiny.git")
@example("hf:..")
@example("hf:/etc/passwd")
def test_only_what_can_be_a_name_is_asked_of_the_hub(here: Path, name: str) -> None:
    asked: list[str] = []

    def ask(repository: str, **more: object) -> None:
        asked.append(repository)
        raise LocalEntryNotFoundError("it is not here")

    with pytest.MonkeyPatch.context() as patched, pytest.raises(Refused):
        patched.setattr(hub, "snapshot_download", ask)
        hub.folder(name, CPU)
    assert all(part.strip(".-") and part.isascii() for repository in asked for part in repository.split("/"))
    assert all(repository.count("/") <= 1 and len(repository) < 200 for repository in asked)
    assert all(".." not in repository and "\\" not in repository for repository in asked)


NO_NAMES = (
    *("", "..", ".", "/", "/etc/passwd", "../x", "a/b/c", "a/b/", "/a/b", "a b", "a/..b", "a..b", "a--b", "-a", "a/-b"),
    *("http://x/y", "https://huggingface.co/gpt2", "http://169.254.169.254/latest/meta-data", "169.254.169.254/x/y"),
    *(
        "http://[::1]/",
        "file:///etc/passwd",
        "file:x",
        "\\\\host\\share",
        "C:\\x",
        "a@b",
        "a:80/b",
        "a?b",
        "a#b",
        "a%2fb",
    ),
    *(
        "a\x00b",
        "a\nb",
        "gpt2\n",
        " gpt2",
        "а/b",
        "ｇｐｔ２",
        "a" * 97,
        "a/" + "b" * 97,
        "~/x",
        "$HOME",
        "hf:gpt2",
        "\ud800",
    ),
)


@pytest.mark.parametrize(
    "opens", [lambda name: hub.folder(name, CPU), lambda name: inference_load.transformer(name, "cpu")]
)
def test_what_is_no_name_of_the_hub_asks_nobody_and_reads_nothing(
    opens: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.socket.connect", lambda *given: pytest.fail("somebody was asked"))
    with heard((*ASKED, *OPENED)) as done:
        for name in NO_NAMES:
            with pytest.raises(Refused, match="no model of the hub") as refused:
                opens(f"hf:{name}")
            assert str(refused.value).encode()
    assert done == []


@pytest.mark.parametrize(
    "name", ["http://169.254.169.254/", "https://huggingface.co/gpt2", "file:///etc", "gpt2", "a/b/c"]
)
def test_without_hf_before_it_nothing_is_a_name_of_the_hub(name: str) -> None:
    with heard((*ASKED, *OPENED)) as done, pytest.raises(Refused, match="is no model name"):
        inference_load.transformer(name, "cpu")
    assert done == []


def test_what_the_hearing_of_files_and_machines_is_worth(tmp_path: Path) -> None:
    import socket

    (tmp_path / "file").write_text("")
    with heard((*ASKED, *OPENED)) as done:
        json.loads(json.dumps((tmp_path / "file").read_text()))
        list(tmp_path.iterdir())
        with socket.socket() as one, pytest.raises(OSError):
            one.connect(("127.0.0.1", 1))
    assert len(done) == 3
