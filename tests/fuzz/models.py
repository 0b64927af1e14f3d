"""Stored models in which something was changed by chance, and what opens them.

Whoever damages a model of ours also mends the hash in its config.json, so that nothing is found by that alone.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import safetensors.torch
import torch

from engine.errors import Refused
from engine.inference import load
from engine.inference.transformer import Request
from engine.models.transformer.encoder import Encoder, EncoderConfig
from engine.models.transformer.language import LanguageConfig, new
from engine.store import library_format
from engine.text.bytepieces import BytePieces
from engine.text.document import document
from engine.text.wordpieces import WordPieces
from tests import tiny
from tests.engine import tiny_transformers
from webapp.examples.reviews import REVIEWS

CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"
FOREIGN = ("bert", "gpt2", "llama", "t5", "marian", "modernbert", "vit", "mpnet")
TEXT = "A film. It was good, though long."
# fmt: off
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 3, 7, 0.5, -0.5, 1e-300, 1e308, 10**6, 10**12, 10**30, 2**31, 2**63, 2**64, "", "x",
    "gelu", "../../x", "\0", "\ud800", "<script>", "x" * 9_999, [], [0], [1, 2], ["x"], [[1]], {}, {"0": 1}, {"a": {}},
    float("nan"), float("inf"), -float("inf"), "8", "true", "eager", "flash_attention_2",
)
# fmt: on
NAMES = (
    "auto_map",
    "quantization_config",
    "architectures",
    "model_type",
    "torch_dtype",
    "dtype",
    "tie_word_embeddings",
)


class Damaged(NamedTuple):
    """A folder as it was damaged; `opens` reads a model of its family and asks it something."""

    kind: str
    what: str
    folder: Path
    opens: Callable[[Path], object]


def make(folder: Path) -> dict[str, Callable[[Path], object]]:
    """One model of every family below `folder`, by its name, with what opens it."""
    tiny.make(folder)
    _encoder(folder / "classification" / "encoder")
    _language(folder / "language" / "gpt")
    ours: dict[str, Callable[[Path], object]] = {
        "translation/en-fr-additive": _translate,
        "translation/en-fr-cosine": _translate,
        "translation/en-fr-transformer": _translate,
        "classification/imdb-han": _classify,
        "classification/imdb-bilstm": _classify,
        "classification/encoder": _classify,
        "language/gpt": _continue,
    }
    for name in FOREIGN:
        place = folder / "foreign" / name
        place.mkdir(parents=True)
        model = tiny_transformers.tiny(name)
        model.save_pretrained(place)
        if name == "vit":
            sized = {"image_processor_type": "ViTImageProcessor", "size": {"height": 16, "width": 16}}
            (place / "preprocessor_config.json").write_text(json.dumps(sized))
        else:
            tiny_transformers.tokenizer().save_pretrained(place)
    return ours | {f"foreign/{name}": _look for name in FOREIGN}


def _encoder(place: Path) -> None:
    texts = list(REVIEWS["en"].values())
    words = WordPieces.train((document(text, "en").text for text in texts), 200)
    sizes = {"size": 16, "inner": 24, "layers": 2, "heads": 2}
    torch.manual_seed(1)
    model = Encoder.new(EncoderConfig(vocabulary=len(words), labels=("negative", "positive"), **sizes))
    meta = {"task": "classification", "source_language": "en", "labels": ["negative", "positive"]}
    library_format.save_model(place, model, words, meta)


def _language(place: Path) -> None:
    words = BytePieces.train(REVIEWS["en"].values(), 300)
    torch.manual_seed(1)
    model = new(LanguageConfig(vocabulary=len(words), size=16, layers=2, heads=2))
    library_format.save_model(place, model, words, {"task": "language", "source_language": "en"})


def _translate(folder: Path) -> None:
    load.translator(str(folder), "cpu", folders=True).translate(TEXT, effect=True)


def _classify(folder: Path) -> None:
    load.classifier(str(folder), "cpu", folders=True).read(TEXT, effect=True)


def _continue(folder: Path) -> None:
    model = load.language_model(str(folder), "cpu", folders=True)
    model.logprobs(model.ids([TEXT]))


def _look(folder: Path) -> None:
    model = load.transformer(str(folder), "cpu", folders=True)
    if not model.sees:
        looked = model.look(Request("the cat sat on the mat"))
        model.head(looked, looked.overviews[0].kind, 0, 0)


def damaged(whole: Path, count: int, seed: int = 0) -> Iterator[Damaged]:
    """`count` models, one kind after another, each in the same folder beside those in `whole`."""
    dice = random.Random(seed)
    opens = make(whole)
    kinds = list(opens)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        place = whole / "damaged"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(whole / kind, place)
        what = [dice.choice(_DAMAGES)(place, dice) for _ in range(dice.choice((1, 1, 1, 2, 3)))]
        _mend_hash(place)
        yield Damaged(kind, ", ".join(what), place, opens[kind])


def _mend_hash(place: Path) -> None:
    try:
        found = json.loads((place / CONFIG).read_bytes())
        if "weights_sha256" in found:
            found["weights_sha256"] = sha256((place / WEIGHTS).read_bytes()).hexdigest()
            (place / CONFIG).write_text(json.dumps(found))
    except (OSError, ValueError, TypeError, RecursionError):
        pass  # it is no longer there to be mended


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where each value of a JSON object stands."""
    inner = value.items() if isinstance(value, dict) else enumerate(value[:20]) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from _paths(one, (*path, key))


def _change(found: Any, dice: random.Random) -> str:
    """Change one value of a JSON object, take it out, or put a new one in."""
    if not isinstance(found, dict):
        return "nothing"
    top = [(key,) for key in found]
    path = dice.choice(list(_paths(found)) if dice.random() < 0.3 else top or [("x",)])
    at: Any = found
    for key in path[:-1]:
        at = at[key]
    value = dice.choice(VALUES)
    chance = dice.random()
    if chance < 0.15 and at:
        at.pop(path[-1]) if isinstance(at, dict) else at.pop()
        return f"without {path}"
    if chance < 0.3 and isinstance(at, dict):
        at[dice.choice(NAMES)] = value
    elif isinstance(at, dict) or path[-1] < len(at):
        at[path[-1]] = value
    return f"{path} = {value!r:.40}"


def _of_json(file: str) -> Callable[[Path, random.Random], str]:
    def damage(place: Path, dice: random.Random) -> str:
        path = place / file
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return f"{file} as it was"
        what = _change(found, dice)
        path.write_bytes(json.dumps(found).encode("utf-8", "surrogatepass"))
        return f"{file}: {what}"

    return damage


def _of_bytes(place: Path, dice: random.Random) -> str:
    """Bytes changed, cut off or added, or the whole file gone."""
    path = dice.choice(sorted(place.iterdir()))
    content = bytearray(path.read_bytes())
    chance = dice.random()
    if chance < 0.1:
        path.unlink()
        return f"{path.name}: gone"
    if chance < 0.5:
        del content[dice.randrange(len(content) + 1) :]
        what = f"cut at {len(content)}"
    elif chance < 0.6:
        content = bytearray(
            dice.choice((b"", b"[" * 100_000, b"\0" * 99, b"\x80\x02cos\nsystem\n(S'true'\ntR.", b"null"))
        )
        what = f"instead {bytes(content[:9])!r}"
    else:
        at = dice.randrange(min(len(content) + 1, dice.choice((9, 900, 10**9))))
        content[at : at + dice.randrange(4)] = dice.randbytes(dice.randrange(1, 9))
        what = f"bytes at {at}"
    path.write_bytes(content)
    return f"{path.name}: {what}"


def _header(place: Path, dice: random.Random) -> str:
    """One entry of the header of the weights: its type, shape or place, its name, or the length of the header."""
    path = place / WEIGHTS
    content = path.read_bytes() if path.exists() else b""
    length = int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8 : 8 + length])
        entry = header[dice.choice(sorted(set(header) - {"__metadata__"}))]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return "weights as they were"
    field, value = dice.choice(
        (
            ("dtype", dice.choice(("F64", "BF16", "I64", "BOOL", "F4", "x", 1, None, ["F32"]))),
            ("shape", dice.choice(([], [0], [-1], [10**9], [2**40, 2**40], "x", None, [1.5], [True], [[2]]))),
            ("data_offsets", dice.choice(([0, 0], [0, 10**12], [-1, 4], [4, 0], [0], "x", None, [0.0, 4.0]))),
            (dice.choice(("name", "more", "data")), dice.choice(VALUES)),
        )
    )
    entry[field] = value
    if dice.random() < 0.1:
        header |= {f"t{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(30_000)}
    text = json.dumps(header).encode("utf-8", "surrogatepass")
    said = dice.choice((len(text), len(text), len(text), len(text) + 1, 0, 2**40, 2**63, 2**64 - 1))
    path.write_bytes(said.to_bytes(8, "little") + text + content[8 + length :])
    return f"header: {field} = {value!r:.40}, length {said}"


def _tensor(place: Path, dice: random.Random) -> str:
    """A tensor gone, added, of another shape or type, or with numbers that are none."""
    path = place / WEIGHTS
    try:
        tensors = safetensors.torch.load(path.read_bytes())
    except (OSError, safetensors.SafetensorError):
        return "weights as they were"
    if not tensors:
        return "no weights"
    name = dice.choice(sorted(tensors))
    one = tensors[name]
    changed = {
        "gone": None,
        "transposed": one.T.contiguous() if one.ndim == 2 else one[None],
        "longer": torch.cat((one, one[:1])) if one.ndim else one,
        "empty": one[:0] if one.ndim else one,
        "in float64": one.double(),
        "in bfloat16": one.bfloat16(),
        "in int64": one.long(),
        "not a number": _with(one, float("nan")),
        "infinite": _with(one, float("inf")),
        "huge": _with(one, 1e30),
        "zero": torch.zeros_like(one),
    }
    what = dice.choice((*changed, "one more"))
    if what == "one more":
        tensors[dice.choice(("more", "a" * 9_999, "\n", "é"))] = torch.zeros(3)
    elif changed[what] is None:
        del tensors[name]
    else:
        tensors[name] = changed[what]
    path.write_bytes(safetensors.torch.save(tensors, metadata={"format": "pt"}))
    return f"{name}: {what}"


def _with(one: torch.Tensor, value: float) -> torch.Tensor:
    found = one.clone().float()
    found.view(-1)[:1] = value
    return found if one.dtype == torch.int8 else found.to(one.dtype)


_DAMAGES: tuple[Callable[[Path, random.Random], str], ...] = (
    *(_of_json(CONFIG), _of_json(CONFIG), _of_json(TOKENIZER), _of_json("tokenizer_config.json")),
    *(_of_json("generation_config.json"), _of_bytes, _header, _header, _tensor, _tensor),
)


def opened(one: Damaged) -> bool:
    """Whether the model could be used; False where it was refused, in a sentence that can be sent."""
    try:
        one.opens(one.folder)
    except Refused as reason:
        assert str(reason).encode()
        return False
    return True
