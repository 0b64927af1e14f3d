"""Models as one file: packed the same every time, and unpacked without harm whoever packed them."""

from __future__ import annotations

import errno
import io
import json
import os
import pickle
import shutil
import stat
import time
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save

from engine.errors import Refused
from engine.inference import bring as bringing
from engine.inference import trial
from engine.inference.bring import bring
from engine.runs import queue, request
from engine.store import brought, catalogue, pack, unpack
from engine.store.pack import CLAIMED
from tests import tiny
from tests.watching import room

CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"
MOST = 60  # megabytes that a refusal may take


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound model with all that one can have."""
    made = tmp_path_factory.mktemp("whole")
    tiny.translators(made)
    folder = made / "translation" / "en-fr-additive"
    (folder / "CARD.md").write_text("# a card\n")
    (folder / "train.toml").write_text("[loop]\nupdates = 3\n")
    (folder / "metrics.json").write_text(json.dumps({"bleu": {"beam5": {"value": 12.5}}}))
    (folder / "training.json").write_text(json.dumps({"updates": 3, "seconds": 1.5, "versions": {"torch": "x"}}))
    return folder


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALIGNSCOPE_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are not opened in a process of their own, which takes seconds."""
    monkeypatch.setattr(trial, "tried", lambda folder: None)


def archive(files: dict[str, bytes] | Path, method: int = zipfile.ZIP_STORED) -> io.BytesIO:
    content = {p.name: p.read_bytes() for p in files.iterdir()} if isinstance(files, Path) else files
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, held in content.items():
            packed.writestr(name, held)
    return out


def files(folder: Path, **changed: bytes) -> dict[str, bytes]:
    """The files of a folder below "mine/", some of them others: config_json=b"{}"."""
    held = {path.name: path.read_bytes() for path in folder.iterdir()}
    held |= {name.replace("_", ".", 1): content for name, content in changed.items()}
    return {f"mine/{name}": content for name, content in held.items()}


def left(root: Path) -> list[str]:
    return sorted(path.name for path in root.glob("*") if path.name != queue.QUEUE) if root.exists() else []


def test_a_packed_model_is_the_same_every_time_and_as_large_as_was_said(whole: Path):
    first, second = io.BytesIO(), io.BytesIO()
    done: list[tuple[int, int]] = []
    pack.pack(whole, first, lambda *far: done.append(far))
    os.utime(whole / CONFIG, (1, 1))
    pack.pack(whole, second)
    assert first.getvalue() == second.getvalue() and len(first.getvalue()) == pack.packed_size(whole)
    assert done[-1] == (pack.size(whole), pack.size(whole))


def test_only_what_makes_a_model_is_passed_on(whole: Path, tmp_path: Path):
    folder = Path(shutil.copytree(whole, tmp_path / "mine"))
    for stray in ("run.json", "log.txt", "pytorch_model.bin", ".env"):
        (folder / stray).write_text("private")
    (folder / "secret").write_text("secret")
    (folder / "tokenizer_config.json").symlink_to(folder / "secret")
    out = io.BytesIO()
    pack.pack(folder, out)
    assert {Path(name).name for name in zipfile.ZipFile(out).namelist()} <= set(pack.FILES) - {"tokenizer_config.json"}
    assert b"private" not in out.getvalue() and b"secret" not in out.getvalue()


@pytest.mark.long
def test_a_model_that_was_packed_is_taken_in_and_can_be_used(whole: Path, runs: Path):
    out = io.BytesIO()
    pack.pack(whole, out)
    name = bring(out, "a title", "a key")
    assert name == "run:en-fr-additive" and left(runs) == ["en-fr-additive"]
    info = catalogue.find(name)
    assert info in catalogue.models() and info.updates == 3
    wanted = request.read(info.folder)
    assert wanted is not None and wanted.owner == sha256(b"a key").hexdigest() and wanted.title == "en-fr-additive"


def test_figures_from_elsewhere_are_kept_as_claims_and_nobody_trains_by_a_strangers_recipe(
    whole: Path, runs: Path, untried: None
):
    info = catalogue.find(bring(archive(whole), "mine"))
    assert info.metrics is None and info.training == {"updates": 3, "seconds": 1.5}
    assert json.loads((info.folder / CLAIMED["metrics.json"]).read_text())["bleu"]
    assert queue.runs() == [] and not (info.folder / "train.toml").exists()
    again = io.BytesIO()
    pack.pack(info.folder, again)
    assert {Path(name).name for name in zipfile.ZipFile(again).namelist()} >= {"metrics.json", "train.toml"}


def test_a_name_in_use_is_never_overwritten(whole: Path, runs: Path, untried: None):
    names = [bring(archive(files(whole)), "x") for _ in range(3)]
    assert names == ["run:mine", "run:mine-2", "run:mine-3"]
    queue.delete("mine-2")
    assert bring(archive(files(whole)), "x") == "run:mine-4", "what was deleted can still be brought back"
    queue.restore("mine-2")
    assert catalogue.find("run:mine-2")


@given(st.text(max_size=80))
@settings(max_examples=25)
def test_whatever_a_model_is_called_its_name_is_one_that_finds_it(title: str):
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALIGNSCOPE_RUNS", folder)
        patch.setattr(trial, "tried", lambda folder: None)
        patch.setattr(unpack.Archive, "__init__", lambda self, file, limit: setattr(self, "name", title))
        patch.setattr(
            unpack.Archive, "write", lambda self, folder: [(folder / f).write_text("{}") for f in catalogue.WHOLE]
        )
        described = {"task": "translation", "model_type": "alignscope-seq2seq", "model": {}}
        patch.setattr(brought, "made_plain", lambda folder: (folder / CONFIG).write_text(json.dumps(described)))
        name = bring(io.BytesIO(), "other")
        assert catalogue.find(name).folder.parent == Path(folder)


def entry(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def with_entry(whole: Path, info: zipfile.ZipInfo, content: bytes = b"{}", but: str = "") -> io.BytesIO:
    out = archive({name: held for name, held in files(whole).items() if not but or not name.endswith(but)})
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr(info, content)
    return out


def bomb(whole: Path) -> io.BytesIO:
    return archive(files(whole, CARD_md=b"x") | {"mine/metrics.json": b" " * 60_000_000}, zipfile.ZIP_DEFLATED)


def lying(whole: Path) -> io.BytesIO:
    """A file that says it is small, and is not."""
    out = archive(files(whole) | {"mine/train.toml": b"#" * 5_000_000}, zipfile.ZIP_DEFLATED)
    content = bytearray(out.getvalue())
    size = (5_000_000).to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at : at + 4] = (9).to_bytes(4, "little")
    return io.BytesIO(bytes(content))


def many(whole: Path) -> io.BytesIO:
    return archive({f"{n}": b"" for n in range(9_000)} | files(whole))


def locked(whole: Path) -> io.BytesIO:
    content = bytearray(archive(files(whole)).getvalue())
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(sign)
        while place >= 0:
            content[place + at] |= 1
            place = content.find(sign, place + 4)
    return io.BytesIO(bytes(content))


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch /tmp/never",)


def config(whole: Path, **fields: Any) -> bytes:
    return json.dumps(json.loads((whole / CONFIG).read_text()) | fields).encode()


HOSTILE: dict[str, tuple[Callable[[Path], io.BytesIO], str]] = {
    "nothing": (lambda whole: io.BytesIO(), "no whole zip"),
    "no zip": (lambda whole: io.BytesIO(b"PK\x03\x04 and nothing else" * 9), "no whole zip"),
    "cut off": (lambda whole: io.BytesIO(archive(files(whole)).getvalue()[:-40]), "no whole zip"),
    "an empty zip": (lambda whole: archive({}), "no model"),
    "a zip in a zip": (lambda whole: archive({"mine.zip": archive(files(whole)).getvalue()}), "no model"),
    "a tower": (lambda whole: archive({"a/" * 999 + "x": b"", **files(whole, config_json=b"[]")}), "JSON object"),
    "a name that climbs": (lambda whole: with_entry(whole, entry("../../config.json")), "leads out"),
    "an absolute name": (lambda whole: with_entry(whole, entry("/etc/config.json")), "leads out"),
    "a drive": (lambda whole: with_entry(whole, entry("C:\\x\\config.json")), "leads out"),
    "climbing by backslashes": (lambda whole: with_entry(whole, entry("..\\..\\config.json")), "leads out"),
    "a link": (
        lambda whole: with_entry(whole, entry("mine/CARD.md", stat.S_IFLNK | 0o777), b"/etc/passwd", "CARD.md"),
        "is a link",
    ),
    "a file twice": (lambda whole: with_entry(whole, entry("mine\\config.json")), "twice"),
    "two models": (lambda whole: archive(files(whole) | {"b/config.json": b"{}"}), "several models"),
    "a bomb": (bomb, "times its size|larger than"),
    "a lie about a size": (lying, "no whole zip|larger than"),
    "9,000 files": (many, "too many files"),
    "a password": (locked, "password"),
    "lzma": (lambda whole: archive(files(whole), zipfile.ZIP_LZMA), "not read here"),
    "bzip2": (lambda whole: archive(files(whole), zipfile.ZIP_BZIP2), "not read here"),
    "pickle alone": (
        lambda whole: archive(
            {**{n: c for n, c in files(whole).items() if WEIGHTS not in n}, "mine/model.bin": pickle.dumps(Evil())}
        ),
        "only safetensors",
    ),
    "pickle under a wrong name": (
        lambda whole: archive(files(whole, model_safetensors=pickle.dumps(Evil()))),
        "only safetensors",
    ),
    "a header of 20 MB": (
        lambda whole: archive(files(whole, model_safetensors=(20_000_000).to_bytes(8, "little") + b"{" * 99)),
        "only safetensors",
    ),
    "a configuration of 2 MB": (
        lambda whole: archive(files(whole, config_json=b" " * 2_000_000 + b"{}"), zipfile.ZIP_STORED),
        "larger than",
    ),
    "no task": (lambda whole: archive(files(whole, config_json=config(whole, task=None))), "no model of Alignscope"),
    "another task": (
        lambda whole: archive(files(whole, config_json=config(whole, task="x"))),
        "no model of Alignscope",
    ),
    "a model of others": (
        lambda whole: archive(files(whole, config_json=b'{"model_type": "bert"}')),
        "no model of Alignscope",
    ),
    "corpora that are a number": (
        lambda whole: archive(files(whole, config_json=config(whole, corpora=5))),
        "5 for corpora",
    ),
    "a language that is markup": (
        lambda whole: archive(files(whole, config_json=config(whole, source_language="<b>"))),
        "for source_language",
    ),
    "a section that nests": (
        lambda whole: archive(files(whole, config_json=config(whole, model={"embedding": [[]]}))),
        "for embedding",
    ),
    "figures that are no JSON": (lambda whole: archive(files(whole, metrics_json=b"{{")), "not JSON"),
}


@pytest.mark.parametrize(("make", "sentence"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_refused_in_a_sentence_costs_no_memory_and_leaves_nothing(
    make: Callable[[Path], io.BytesIO], sentence: str, whole: Path, runs: Path, untried: None
):
    file = make(whole)
    with room(MOST), pytest.raises(Refused, match=sentence) as refused:
        bring(file, "mine")
    assert left(runs) == [] and str(runs.parent) not in str(refused.value)
    assert not Path("/tmp/never").exists()


@given(st.binary(max_size=400), st.integers(0, 10_000), st.integers(0, 40))
@settings(max_examples=80)
def test_whatever_is_changed_in_an_archive_it_is_read_or_refused(noise: bytes, at: int, gone: int):
    content = bytearray(archive({f"m/{n}": b'{"task": 1}' for n in (CONFIG, WEIGHTS, TOKENIZER)}).getvalue())
    place = at % len(content)
    content[place : place + gone] = noise
    try:
        unpack.Archive(io.BytesIO(bytes(content)))
    except Refused as refused:
        assert str(refused)


def test_files_that_make_no_model_are_never_written(whole: Path, runs: Path, untried: None):
    stray = {"mine/evil.py": b"x", "mine/sub/x.py": b"x", "__MACOSX/mine/config.json": b"x", "../x": b"x"}
    name = bring(archive(files(whole) | stray), "x")
    kept = {path.name for path in catalogue.find(name).folder.iterdir()}
    assert kept <= {*pack.FILES, *CLAIMED.values(), request.FILE}
    assert left(runs) == ["mine"] and left(runs.parent) == ["runs"]


def test_a_configuration_keeps_what_is_known_and_nothing_that_leads_anywhere(
    whole: Path, runs: Path, untried: None, tmp_path: Path
):
    folder = Path(shutil.copytree(whole, tmp_path / "made"))
    odd = {
        "auto_map": {"AutoModel": "evil.Evil"},
        "_name_or_path": "/etc",
        "nested": {"a": {"b": 1}},
        "model": {"x": 1},
    }
    (folder / CONFIG).write_bytes(config(folder, **odd, model_type="marian", d_model=8))
    described = json.loads((catalogue.find(bring(archive(folder), "x")).folder / CONFIG).read_text())
    assert not described.keys() & odd.keys() and described["d_model"]


def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing(
    whole: Path, runs: Path, untried: None, monkeypatch: pytest.MonkeyPatch
):
    write = unpack.atomic
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES):

        def full(path: Path, chunks: Any, number: int = number) -> int:
            if path.name == WEIGHTS:
                raise OSError(number, os.strerror(number), str(path))
            return write(path, chunks)

        monkeypatch.setattr(unpack, "atomic", full)
        with pytest.raises(Refused, match=r"disk is full|cannot be written") as refused:
            bring(archive(files(whole)), "mine")
        assert left(runs) == [] and str(runs) not in str(refused.value)


def test_what_an_ended_process_left_behind_goes_with_the_next_model(whole: Path, runs: Path, untried: None):
    for name, age in ((".old.partial", 2 * bringing.ABANDONED), (".new.partial", 0)):
        (runs / name).mkdir(parents=True)
        os.utime(runs / name, (time.time() - age,) * 2)
    bring(archive(files(whole)), "x")
    assert left(runs) == [".new.partial", "mine"]


def test_one_person_and_all_together_bring_so_many_models_and_no_more(
    whole: Path, runs: Path, untried: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bringing, "MOST_OF_ONE", 1)
    monkeypatch.setattr(bringing, "MOST", 3)
    bring(archive(files(whole)), "x", "mine")
    with pytest.raises(Refused, match="You have brought 1"):
        bring(archive(files(whole)), "x", "mine")
    bring(archive(files(whole)), "x", "yours")
    bring(archive(files(whole)), "x")
    with pytest.raises(Refused, match="3 models were brought here"):
        bring(archive(files(whole)), "x", "theirs")
    assert len(left(runs)) == 3


def other_weights(whole: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> io.BytesIO:
    tensors = load((whole / WEIGHTS).read_bytes())
    change(tensors)
    weights = save(tensors)
    described = config(whole, weights_sha256=sha256(weights).hexdigest())
    return archive(files(whole, config_json=described, model_safetensors=weights))


def _first(tensors: dict[str, torch.Tensor]) -> torch.Tensor:
    return next(t for t in tensors.values() if t.is_floating_point()).view(-1)[:1]


WRONG: dict[str, tuple[Callable[[Path], io.BytesIO], str]] = {
    "not a number": (lambda whole: other_weights(whole, lambda t: _first(t).fill_(torch.nan)), "not finite"),
    "infinite": (lambda whole: other_weights(whole, lambda t: _first(t).fill_(torch.inf)), "not finite"),
    "a tensor less": (lambda whole: other_weights(whole, lambda t: t.pop(sorted(t)[0])), "another size|do not fit"),
    "other weights": (
        lambda whole: archive(files(whole, config_json=config(whole, weights_sha256="0" * 64))),
        "not those",
    ),
    "another task": (lambda whole: archive(files(whole, config_json=config(whole, task="classification"))), "."),
    "no tokenizer": (lambda whole: archive(files(whole, tokenizer_json=b"{}")), "okenizer"),
    "10^6 wide": (
        lambda whole: archive(
            files(whole, config_json=config(whole, model={"vocabulary": 9, "decoder": 10**6, "encoder": 10**6}))
        ),
        "for decoder",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize(("make", "sentence"), WRONG.values(), ids=WRONG)
def test_a_model_that_cannot_be_opened_is_refused_by_its_trial_and_leaves_nothing(
    make: Callable[[Path], io.BytesIO], sentence: str, whole: Path, runs: Path
):
    with pytest.raises(Refused, match=sentence) as refused:
        bring(make(whole), "mine")
    assert left(runs) == [] and str(runs.parent) not in str(refused.value)


def test_a_trial_that_ends_badly_is_a_sentence(whole: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trial, "PATIENCE", 0.01)
    with pytest.raises(Refused, match="too much time or memory"):
        trial.tried(whole)
