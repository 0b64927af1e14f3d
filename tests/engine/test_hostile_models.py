"""Weights, configurations and code that mean harm: refused at every door, in a sentence, before they cost anything."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save

from engine.errors import Refused
from engine.store import hugging_face
from engine.store import stored as store_stored
from engine.training import checkpoint
from tests import tiny
from tests.engine.tiny_transformers import tiny as tiny_transformer
from tests.engine.tiny_transformers import tokenizer
from tests.watching import ASKED, heard, room

CPU = torch.device("cpu")
WEIGHTS = "model.safetensors"
MOST = 50  # megabytes that a refusal may take
OPENS: dict[str, Callable[[Path], object]] = {
    "recurrent": store_stored.load_model,
    "transformer": store_stored.load_model,
    "guest": lambda folder: hugging_face.load("guest", folder, CPU),
}
"""How a folder is opened: a model of ours of either kind, and one that others made."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One sound model for each door."""
    made = tmp_path_factory.mktemp("whole")
    tiny.translators(made)
    tiny.transformer(made)
    (made / "translation" / "en-fr-additive").rename(made / "recurrent")
    (made / "translation" / "en-fr-transformer").rename(made / "transformer")
    tiny_transformer("bert").save_pretrained(made / "guest")
    tokenizer().save_pretrained(made / "guest")
    return made


@pytest.fixture(params=OPENS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(whole: Path, door: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole / door, tmp_path / "models" / "mine"))


def rewrite(folder: Path, weights: bytes | None = None, **fields: Any) -> None:
    """Change a model as somebody might who also mends the hash."""
    described = json.loads((folder / "config.json").read_text()) | fields
    if weights is not None:
        (folder / WEIGHTS).write_bytes(weights)
        described |= {"weights_sha256": sha256(weights).hexdigest()}
    (folder / "config.json").write_text(json.dumps(described))


def parts(whole: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(whole[:8], "little")
    return json.loads(whole[8 : 8 + length]), whole[8 + length :]


def joined(header: bytes, data: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + data


def claiming(whole: bytes, **entry: Any) -> bytes:
    """The same file, its largest tensor described otherwise."""
    header, data = parts(whole)
    name = max(header.keys() - {"__metadata__"}, key=lambda key: header[key]["data_offsets"][1])
    header[name] |= entry
    return joined(json.dumps(header).encode(), data)


def twice(whole: bytes) -> bytes:
    """Two tensors of one shape in the same place."""
    header, data = parts(whole)
    places: dict[str, list[int]] = {}
    for entry in (header[key] for key in header if key != "__metadata__"):
        entry["data_offsets"] = places.setdefault(f"{entry['dtype']}{entry['shape']}", entry["data_offsets"])
    return joined(json.dumps(header).encode(), data)


@cache
def empty_tensors(count: int) -> bytes:
    entry = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}'
    return ",".join(f'"t{number}":{entry}' for number in range(count)).encode()


def many(whole: bytes) -> bytes:
    header, data = parts(whole)
    return joined(json.dumps(header).encode()[:-1] + b"," + empty_tensors(300_000) + b"}", data)


def changed(whole: bytes, change: Callable[[dict[str, torch.Tensor], str], object]) -> bytes:
    tensors = load(whole)
    change(tensors, max(key for key in tensors if tensors[key].is_floating_point() and tensors[key].numel() > 9))
    return save(tensors, metadata={"format": "pt"})


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda whole: b"",
    "another format": lambda whole: b"PK\x03\x04 not safetensors at all",
    "a header longer than the file": lambda whole: (10**15).to_bytes(8, "little") + b"{}",
    "a header of 20 MB": lambda whole: joined(
        json.dumps(parts(whole)[0]).encode() + b" " * 20_000_000, parts(whole)[1]
    ),
    "a header 100,000 deep": lambda whole: joined(b'{"a":' * 100_000),
    "300,000 empty tensors": many,
    "10^9 numbers in a few bytes": lambda whole: claiming(whole, shape=[10**9]),
    "10^9 numbers beyond the end": lambda whole: claiming(whole, shape=[10**9], data_offsets=[0, 4 * 10**9]),
    "tensors that overlap": twice,
    "another shape": lambda whole: changed(whole, lambda tensors, name: tensors.update({name: torch.zeros(3, 3)})),
    "a tensor less": lambda whole: changed(whole, lambda tensors, name: tensors.pop(name)),
    "not a number": lambda whole: changed(whole, lambda tensors, name: tensors[name].view(-1)[:1].fill_(torch.nan)),
    "infinite": lambda whole: changed(whole, lambda tensors, name: tensors[name].view(-1)[-1:].fill_(torch.inf)),
    "the last byte cut off": lambda whole: whole[:-1],
    "a byte more": lambda whole: whole + b"\0",
}


def test_a_sound_model_opens(door: str, folder: Path) -> None:
    OPENS[door](folder)


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_hostile_weights_are_refused_and_cost_no_memory(
    make: Callable[[bytes], bytes], door: str, folder: Path
) -> None:
    rewrite(folder, make((folder / WEIGHTS).read_bytes()))
    with room(MOST), pytest.raises(Refused, match=r"eights|safetensors") as refused:
        OPENS[door](folder)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("part", ["../../secret.safetensors", "/etc/passwd", "evil.bin", "sub/x.safetensors", 1, None])
def test_an_index_that_names_anything_but_safetensors_beside_it_is_refused(part: Any, whole: Path, tmp_path: Path):
    folder = Path(shutil.copytree(whole / "guest", tmp_path / "models" / "mine"))
    names = parts((folder / WEIGHTS).read_bytes())[0].keys() - {"__metadata__"}
    (folder / WEIGHTS).rename(tmp_path / "secret.safetensors")
    (folder / "model-00001-of-00002.safetensors").write_bytes(save({"x": torch.zeros(1)}))
    index = {"metadata": {"total_size": 1}, "weight_map": dict.fromkeys(names, part)}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(Refused, match="names other files than safetensors beside it"):
        OPENS["guest"](folder)


def test_weights_in_several_files_are_opened_and_their_lists_counted_together(whole: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(whole / "guest", tmp_path / "several"))
    (folder / WEIGHTS).unlink()
    tiny_transformer("bert").save_pretrained(folder, max_shard_size="20KB")
    shards = list(folder.glob("model-*.safetensors"))
    OPENS["guest"](folder)
    assert len(shards) > 1
    for shard in shards[:2]:
        header, data = parts(shard.read_bytes())
        described = json.dumps(header).encode()[:-1] + b"," + empty_tensors(3_000) + b"}"
        shard.write_bytes(joined(described, data))
    with pytest.raises(Refused, match=r"are 60\d\d tensors; 5000 can be read"):
        OPENS["guest"](folder)


LAYERS = {"recurrent": "layers", "transformer": "encoder_layers", "guest": "num_hidden_layers"}
WIDTH = {"recurrent": "decoder", "transformer": "d_model", "guest": "hidden_size"}
WORDS = {"recurrent": "vocabulary", "transformer": "vocab_size", "guest": "vocab_size"}
CONFIGS: dict[str, Callable[[str], dict[str, Any]]] = {
    "10^6 wide, 96 layers": lambda door: {WIDTH[door]: 10**6, LAYERS[door]: 96},
    "too large for any memory": lambda door: {WIDTH[door]: 4096, WORDS[door]: 400_000},
    "10^12 words": lambda door: {WORDS[door]: 10**12},
    "2,000 layers": lambda door: {LAYERS[door]: 2_000},
    "negative": lambda door: {WIDTH[door]: -1},
    "nothing wide": lambda door: {WIDTH[door]: 0},
    "a text for a number": lambda door: {WIDTH[door]: "1024"},
    "a list for a number": lambda door: {WIDTH[door]: [8]},
    "nothing for a number": lambda door: {WIDTH[door]: None},
    "a fraction": lambda door: {WIDTH[door]: 8.5},
    "no number": lambda door: {WIDTH[door]: float("nan")},
    "endless": lambda door: {WIDTH[door]: float("inf")},
}


@pytest.mark.parametrize("fields", CONFIGS.values(), ids=CONFIGS)
def test_hostile_configurations_are_refused_and_cost_no_memory(
    fields: Callable[[str], dict[str, Any]], door: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hugging_face, "_free", lambda device: 2_000_000_000)
    given = fields(door)
    if door == "recurrent":
        given = {"model": json.loads((folder / "config.json").read_text())["model"] | given}
    rewrite(folder, **given)
    with room(MOST), pytest.raises(Refused):
        OPENS[door](folder)


def test_a_configuration_100_000_deep_is_refused_and_costs_no_memory(door: str, folder: Path) -> None:
    (folder / "config.json").write_text('{"a":' * 100_000)
    with room(MOST), pytest.raises(Refused, match="not JSON"):
        store_stored.load_model(folder) if door != "guest" else OPENS[door](folder)


@pytest.mark.parametrize(
    "fields",
    [{"num_labels": 2**31}, {"num_labels": 65_537}, {"inner_group_num": 2**31}, {"num_hidden_groups": 10**9}],
    ids=str,
)
def test_what_the_library_would_make_one_by_one_is_bounded(fields: dict[str, int]) -> None:
    small = {"hidden_size": 8, "intermediate_size": 8, "num_attention_heads": 2, "vocab_size": 9}
    with room(MOST), pytest.raises(Refused, match="which no model here can have"):
        hugging_face.checked("guest", {"model_type": "albert", **small, **fields})


class Evil:
    """Whoever unpickles it leaves a marker."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch '{self.marker}'",)


PICKLES = ["pytorch_model.bin", "model.pt", "model.pkl", WEIGHTS, "training_args.bin"]


@pytest.mark.parametrize("name", PICKLES)
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside sound weights"])
def test_a_pickle_in_a_folder_is_never_run(name: str, beside: bool, door: str, folder: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    content = pickle.dumps(Evil(marker))
    if not beside:
        (folder / WEIGHTS).unlink()
    (folder / name).write_bytes(content)
    if beside and name != WEIGHTS:
        OPENS[door](folder)
    else:
        with pytest.raises(Refused, match=r"safetensors|another size"):
            OPENS[door](folder)
    assert not marker.exists()
    pickle.loads(content)
    assert marker.exists(), "it would have been run"


def test_a_small_file_that_stands_for_10_to_the_9_numbers_is_refused(door: str, folder: Path) -> None:
    stored = io.BytesIO()
    torch.save({"weight": torch.zeros(1).expand(10**9)}, stored)
    assert len(stored.getvalue()) < 2_000
    (folder / "pytorch_model.bin").write_bytes(stored.getvalue())
    for content in (stored.getvalue(), None):
        rewrite(folder, content) if content else (folder / WEIGHTS).unlink()
        with room(MOST), pytest.raises(Refused):
            OPENS[door](folder)


JUNK: dict[type[Exception], bytes] = {
    pickle.UnpicklingError: pickle.dumps(Evil(Path("never")), protocol=2),
    RuntimeError: b"PK\x03\x04 no archive",
    EOFError: b"",
    KeyError: b"\x80\x02h\x05.",
}


@pytest.mark.parametrize("error", JUNK, ids=lambda error: error.__name__)
def test_junk_gives_one_error_whatever_torch_says_of_it(
    error: type[Exception], door: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(error):
        torch.load(io.BytesIO(JUNK[error]), weights_only=True)
    monkeypatch.setattr(torch, "load", lambda *given, **more: pytest.fail("torch.load was asked"))
    for name in (checkpoint.TENSORS, checkpoint.FACTS):
        written = checkpoint.write(tmp_path / "run", 1, {"w": torch.zeros(2)}, {"step": 1})
        (written / name).write_bytes(JUNK[error])
        with pytest.raises(Refused, match="no whole checkpoint"):
            checkpoint.read(written)
    (folder / "pytorch_model.bin").write_bytes(JUNK[error])
    rewrite(folder, JUNK[error])
    with pytest.raises(Refused, match=r"eights|safetensors"):
        OPENS[door](folder)


CODE = {"config.json": "AutoModel", "tokenizer_config.json": "AutoTokenizer", "generation_config.json": "AutoModel"}


@pytest.mark.parametrize("file", CODE)
def test_code_that_comes_with_a_model_is_never_run(file: str, door: str, folder: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    for script in (folder / "evil.py", folder / "custom_generate" / "generate.py"):
        script.parent.mkdir(exist_ok=True)
        script.write_text(f"open({str(marker)!r}, 'w')\nclass Evil: pass\n")
    found = json.loads((folder / file).read_text()) if (folder / file).exists() else {}
    found |= {"auto_map": {CODE[file]: "evil.Evil"}, "custom_pipelines": {"x": {"impl": "evil.Evil"}}}
    (folder / file).write_text(json.dumps(found | {"custom_generate": "custom_generate"}))
    with heard(ASKED) as asked:
        try:
            OPENS[door](folder)
        except Refused as refused:
            assert door == "guest"
            assert "code of its own" in str(refused) or file != "config.json"
        else:
            assert door != "guest" or file != "config.json"
    assert not marker.exists() and asked == []


@pytest.mark.parametrize(
    "fields",
    [
        {"_attn_implementation_internal": "evil/kernel"},
        {"_attn_implementation": "evil/kernel", "attn_implementation": "evil/kernel"},
        {"_experts_implementation_internal": "evil/kernel", "use_kernels": True},
        {"_name_or_path": "/etc", "transformers_weights": "adapter_model.bin"},
    ],
    ids=str,
)
def test_a_private_word_in_a_configuration_does_nothing(fields: dict[str, Any], door: str, folder: Path) -> None:
    rewrite(folder, **fields)
    with heard(ASKED) as asked:
        opened: Any = OPENS[door](folder)
    model = opened[0].net if door == "transformer" else opened[0]
    assert asked == []
    if door != "recurrent":
        assert "evil/kernel" not in str(vars(model.config))
        assert model.config._attn_implementation in ("eager", "sdpa")
