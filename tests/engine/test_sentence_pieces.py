"""SentencePiece models are looked at before anything is built of them, and cut texts as SentencePiece itself does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
from sentencepiece import sentencepiece_model_pb2 as proto

from engine.errors import Refused
from engine.store import hugging_face, sentence_pieces, tokenizer_folder
from tests.conformance import folders, vocabularies

TEXTS = (
    "The black cat sat on the mat.",
    "  Le  chat noir — assis ; 猫 €½ ﷺ",
    "naïve ﬁne\tcafé\u0301 dog",
    "a",
    ">>fra<< and </s> in a text",
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.filterwarnings("ignore:Recommended")
def test_marians_pieces_are_those_that_the_library_cuts(text: str, tmp_path: Path) -> None:
    vocabularies.marian(tmp_path)
    slow, fast = hf.MarianTokenizer.from_pretrained(tmp_path), sentence_pieces.marian(tmp_path, {})
    assert fast(text)["input_ids"] == slow(text)["input_ids"]
    assert fast.target_side(text)["input_ids"] == slow(text_target=text)["input_ids"]


@pytest.mark.parametrize("text", TEXTS)
def test_m2m100s_pieces_are_those_that_the_library_cuts(text: str, tmp_path: Path) -> None:
    vocabularies.m2m(tmp_path)
    slow, fast = hf.M2M100Tokenizer.from_pretrained(tmp_path), sentence_pieces.m2m100(tmp_path, {})
    assert fast(text)["input_ids"] == slow(text)["input_ids"]
    ids = fast(text)["input_ids"][1:]
    assert fast.decode(ids, skip_special_tokens=True).strip() == slow.decode(ids, skip_special_tokens=True)


def model(folder: Path, **changes: Any) -> Path:
    """A SentencePiece model in which something is not as it should be."""
    made = proto.ModelProto.FromString(vocabularies.sentence_pieces("unigram", ("unk", "bos", "eos")))
    if "piece" in changes:
        made.pieces.add(piece=changes["piece"], score=-1.0)
    if "charsmap" in changes:
        made.normalizer_spec.precompiled_charsmap = changes["charsmap"]
    if changes.get("empty"):
        del made.pieces[:]
    (folder / "spiece.model").write_bytes(made.SerializeToString())
    return folder


@pytest.mark.parametrize(
    "changes",
    [
        {"piece": "a" * 301},
        {"charsmap": (0).to_bytes(4, "little") + b"a" * 500 + b"\0"},
        {"charsmap": (4_000_000_000).to_bytes(4, "little") + b"a" * 500 + b"\0"},
        {"empty": True},
    ],
)
def test_a_model_that_would_take_long_or_make_much_of_a_text_is_refused(changes: Any, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"are allowed|is no SentencePiece"):
        sentence_pieces.check("mine", model(tmp_path, **changes))


def test_a_model_as_it_should_be_passes(tmp_path: Path) -> None:
    sentence_pieces.check("mine", model(tmp_path))


@pytest.mark.parametrize("content", [b"", b"\xff" * 99, b"text"])
def test_what_is_no_sentencepiece_model_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "source.spm").write_bytes(content)
    with pytest.raises(Refused, match=r"source\.spm of mine"):
        sentence_pieces.check("mine", tmp_path)


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "spm.model").open("wb") as file:
        file.truncate(sentence_pieces.MAX_BYTES + 1)
    with pytest.raises(Refused, match="20000001 bytes"):
        sentence_pieces.check("mine", tmp_path)


CPU = torch.device("cpu")


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A model's folder with its maker's own files of SentencePiece, and no tokenizer.json."""
    return folders.write(tmp_path / "mine", "marian", "MarianMTModel", form="bare")


@pytest.mark.filterwarnings("ignore:Recommended")
def test_files_of_sentencepiece_alone_are_tried_before_they_are_built(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, reader = hugging_face.load("mine", alone, CPU)
    assert reader("A cat")["input_ids"]
    monkeypatch.setattr(tokenizer_folder, "SECONDS", 0.001)
    with pytest.raises(Refused, match="mine failed when it was tried"):
        hugging_face.load("mine", alone, CPU)


@pytest.mark.filterwarnings("ignore:Recommended")
@pytest.mark.parametrize("side", ["source", "target"])
def test_what_cannot_be_told_by_looking_ends_the_trial_and_no_other_process(side: str, alone: Path) -> None:
    """A trie that leads out of itself: whoever follows it panics, and only a text has it followed."""
    path = alone / f"{side}.spm"
    made = proto.ModelProto.FromString(path.read_bytes())
    made.normalizer_spec.precompiled_charsmap = (8).to_bytes(4, "little") + b"\xff" * 8 + b"x\0"
    path.write_bytes(made.SerializeToString())
    sentence_pieces.check("mine", alone)
    with pytest.raises(Refused, match="mine failed when it was tried"):
        hugging_face.load("mine", alone, CPU)
