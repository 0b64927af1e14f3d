"""Small tokenizers in the files that their makers put out, each learnt from a few sentences."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import sentencepiece
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

SENTENCES = (
    "The black cat sat on the mat and looked at the bird.",
    "A dog ran over the hill, and nobody saw it again.",
    "Le chat noir est assis sur le tapis et regarde l'oiseau.",
    "Un chien a couru sur la colline, et personne ne l'a revu.",
    "We translate sentences; they translate words.",
    "Nous traduisons des phrases ; ils traduisent des mots.",
)
SIZE = 120
"""Pieces of a SentencePiece model."""

DEBERTA = {"pad_piece": "[PAD]", "bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]"}
"""What DeBERTa calls its marks."""

Write = Callable[[Path], None]


def word_pieces(folder: Path) -> None:
    """BERT's: vocab.txt."""
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    texts = [sentence.lower() for sentence in SENTENCES]
    made.train_from_iterator(
        texts, trainers.WordPieceTrainer(vocab_size=150, special_tokens=marks, show_progress=False)
    )
    (folder / "vocab.txt").write_text("\n".join(_by_number(made.get_vocab())), encoding="utf-8")


def mpnet_pieces(folder: Path) -> None:
    """MPNet's: BERT's pieces behind four marks of its own."""
    word_pieces(folder)
    pieces = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    marks = ["<s>", "<pad>", "</s>", "<unk>"]
    text = "\n".join([*marks, *(p for p in pieces if p not in marks), "<mask>"])
    (folder / "vocab.txt").write_text(text, encoding="utf-8")


def byte_pairs(*marks: str, end: str = "") -> Write:
    """GPT-2's: vocab.json and merges.txt; `end` closes each word, as in CLIP."""

    def write(folder: Path) -> None:
        made = Tokenizer(models.BPE(**({"end_of_word_suffix": end} if end else {})))
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        ending = {"end_of_word_suffix": end} if end else {}
        trainer = trainers.BpeTrainer(
            vocab_size=700, special_tokens=list(marks), initial_alphabet=alphabet, show_progress=False, **ending
        )
        made.train_from_iterator(SENTENCES, trainer)
        made.model.save(str(folder))

    return write


@cache
def sentence_pieces(
    kind: str, marks: tuple[str, ...], controls: tuple[str, ...] = (), bytes_too: bool = False
) -> bytes:
    """A SentencePiece model; `marks` are those for padding, unknown, begin and end, by their numbers."""
    numbers = {mark: marks.index(mark) if mark in marks else -1 for mark in ("pad", "unk", "bos", "eos")}
    content = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 3),
        model_writer=content,
        vocab_size=SIZE + (280 if bytes_too else 0),
        model_type=kind,
        hard_vocab_limit=False,
        control_symbols=list(controls),
        byte_fallback=bytes_too,
        minloglevel=2,
        **{f"{mark}_id": number for mark, number in numbers.items()},
        **(DEBERTA if "mask" in marks else {}),
    )
    return content.getvalue()


def unigram(file: str, marks: tuple[str, ...], controls: tuple[str, ...] = ()) -> Write:
    return lambda folder: _write(folder / file, sentence_pieces("unigram", marks, controls))


def merged(file: str, marks: tuple[str, ...]) -> Write:
    """Llama's: byte pairs by SentencePiece, rare characters as bytes."""
    return lambda folder: _write(folder / file, sentence_pieces("bpe", marks, (), True))


def marian(folder: Path) -> None:
    """A model for each language, and the numbers of all pieces beside them."""
    for side, start in (("source", 0), ("target", 2)):
        content = io.BytesIO()
        texts = [s for k, s in enumerate(SENTENCES * 3) if k % 6 in (start, start + 1, 4 + start // 2)]
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_writer=content, vocab_size=80, hard_vocab_limit=False, minloglevel=2
        )
        (folder / f"{side}.spm").write_bytes(content.getvalue())
    pieces = {p for side in ("source", "target") for p in _pieces((folder / f"{side}.spm").read_bytes())}
    listed = ["</s>", "<unk>", *sorted(pieces - {"<s>", "</s>", "<unk>"}), ">>fra<<", ">>deu<<", "<pad>"]
    _write(folder / "vocab.json", json.dumps({piece: k for k, piece in enumerate(listed)}).encode())


def m2m(folder: Path) -> None:
    """A model of byte pairs, and the numbers of its pieces beside it; languages come behind them."""
    content = sentence_pieces("bpe", ("unk", "bos", "eos"))
    _write(folder / "sentencepiece.bpe.model", content)
    listed = ["<s>", "<pad>", "</s>", "<unk>", *(p for p in _pieces(content) if p not in ("<s>", "</s>", "<unk>"))]
    _write(folder / "vocab.json", json.dumps({piece: k for k, piece in enumerate(listed)}).encode())


def _pieces(content: bytes) -> list[str]:
    model = sentencepiece.SentencePieceProcessor(model_proto=content)
    return [model.id_to_piece(k) for k in range(model.get_piece_size())]


def _by_number(vocabulary: dict[str, int]) -> list[str]:
    return sorted(vocabulary, key=vocabulary.__getitem__)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
