"""SentencePiece models (Kudo & Richardson 2018, arXiv:1808.06226): looked at before anything is built of them.

Those of the kinds whose tokenizers the library leaves to SentencePiece are turned into ones that say where a piece
stands.

Marian has a model for each language and M2M100 one for all; both keep the numbers of their pieces in a vocab.json.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sentencepiece import sentencepiece_model_pb2 as proto
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast
from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES
from transformers.tokenization_utils_base import generate_merges

from engine.errors import Refused
from engine.store.files import read_json

FILES = ("*.model", "*.spm")
MAX_BYTES = 20_000_000
MAX_PIECES = 600_000
MAX_PIECE = 300
"""Characters of one piece: the work of splitting it grows with their square."""
MAX_SHARE = 300
"""Bytes that one sign may become when a text is made even; the longest in Unicode's own tables becomes 33."""
UNIGRAM, NORMAL = 1, 1
"""Numbers that SentencePiece gives to a kind of model and to a kind of piece."""
LAST = 5.0
"""By how much less likely a piece is that this language has not; one that nobody knows is so by ten."""
LIMIT = 512
"""Tokens of a text where nothing says otherwise, as Marian's were taught."""


def check(name: str, folder: Path) -> None:
    """Raises `Refused` for a SentencePiece model that is none, or larger than any that reads a text in good time."""
    for path in (path for pattern in FILES for path in sorted(folder.glob(pattern))):
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            raise Refused(
                "{file} of {name} has {size} bytes; {limit} can be read.",
                file=path.name,
                name=name,
                size=path.stat().st_size,
                limit=MAX_BYTES,
            )
        try:
            model = _read(path)
            grown = max(map(len, _replacements(model)), default=0)
        except Exception as error:  # whatever the parser says of what is not its format
            raise Refused("{file} of {name} is no SentencePiece model.", file=path.name, name=name) from error
        longest = max((len(piece.piece) for piece in model.pieces), default=0)
        if not 0 < len(model.pieces) <= MAX_PIECES or longest > MAX_PIECE or grown > MAX_SHARE:
            raise Refused(
                "{file} of {name} has {count} pieces of up to {longest} characters, and one character of a text may "
                "become {grown} bytes; at most {most}, {length} and {share} are allowed.",
                file=path.name,
                name=name,
                count=len(model.pieces),
                longest=longest,
                grown=grown,
                most=MAX_PIECES,
                length=MAX_PIECE,
                share=MAX_SHARE,
            )


def marian(folder: Path, settings: Mapping[str, Any]) -> PreTrainedTokenizerFast:
    """The tokenizer of the source; its `target_side` is that of the target."""
    source_numbers = _numbers(folder / "vocab.json")
    own = folder / "target_vocab.json"
    target_numbers = _numbers(own) if settings.get("separate_vocabs") and own.exists() else source_numbers
    made = []
    for side, numbers in (("source", source_numbers), ("target", target_numbers)):
        tokenizer = _tokenizer(_read(folder / f"{side}.spm"), numbers)
        languages = [piece for piece in numbers if piece.startswith(">>") and piece.endswith("<<")]
        tokenizer.add_special_tokens(["</s>", "<unk>", "<pad>", *languages])
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A </s>", pair="$A $B </s>", special_tokens=[("</s>", numbers["</s>"])]
        )
        made.append(_wrapped(tokenizer, settings, eos_token="</s>", unk_token="<unk>", pad_token="<pad>"))
    made[0].target_side = made[1]
    return made[0]


def m2m100(folder: Path, settings: Mapping[str, Any]) -> PreTrainedTokenizerFast:
    """The tokenizer of all languages, whose tokens stand behind the pieces in an order of the model's own."""
    tokenizer = _tokenizer(_read(folder / "sentencepiece.bpe.model"), _numbers(folder / "vocab.json"))
    marks = [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", *marks])
    first = f"__{settings.get('src_lang') or 'en'}__"
    special = [(mark, tokenizer.token_to_id(mark)) for mark in (first, "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A </s>", pair=f"{first} $A $B </s>", special_tokens=special
    )
    return _wrapped(
        tokenizer, settings, bos_token="<s>", eos_token="</s>", sep_token="</s>", unk_token="<unk>", pad_token="<pad>"
    )


def _wrapped(tokenizer: Tokenizer, settings: Mapping[str, Any], **marks: str) -> PreTrainedTokenizerFast:
    longest = settings.get("model_max_length") or LIMIT
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=longest, tgt_lang=settings.get("tgt_lang"), **marks
    )


def _tokenizer(model: Any, numbers: Mapping[str, int]) -> Tokenizer:
    """That of a SentencePiece model, its pieces numbered anew; a piece without a number is unknown."""
    unigram = model.trainer_spec.model_type == UNIGRAM
    made = Tokenizer(_by_likelihood(model, numbers) if unigram else _by_merges(model, numbers))
    charsmap = model.normalizer_spec.precompiled_charsmap
    even = [normalizers.Precompiled(charsmap)] if charsmap else []
    made.normalizer = normalizers.Sequence([*even, normalizers.Strip(), normalizers.Replace(Regex(" {2,}"), " ")])
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    return made


def _by_likelihood(model: Any, numbers: Mapping[str, int]) -> models.Unigram:
    """Pieces that this language has not (numbers are for both) stand behind a space, which no text holds by then; but a
    character by itself that it does not know is looked up among those of both."""
    scores = {piece.piece: piece.score for piece in model.pieces if piece.type == NORMAL}
    least = min(scores.values(), default=0.0)
    listed = [f" {number}" for number in range(max(numbers.values()) + 1)]
    for piece, number in numbers.items():
        listed[number] = piece if piece in scores or len(piece) == 1 or not _plain(piece) else f" {piece}"
    return models.Unigram(
        [(piece, scores.get(piece, least - LAST)) for piece in listed],
        unk_id=numbers["<unk>"],
        byte_fallback=model.trainer_spec.byte_fallback,
    )


def _by_merges(model: Any, numbers: Mapping[str, int]) -> models.BPE:
    ranked = {piece.piece: rank for rank, piece in enumerate(model.pieces) if piece.piece in numbers}
    return models.BPE(
        dict(numbers),
        generate_merges(ranked),
        unk_token="<unk>",
        fuse_unk=True,
        byte_fallback=model.trainer_spec.byte_fallback,
    )


def _plain(piece: str) -> bool:
    """Whether it is a piece of a text, and no mark such as </s> or >>fra<<."""
    return piece not in ("</s>", "<s>", "<unk>", "<pad>") and not (piece.startswith(">>") and piece.endswith("<<"))


def _numbers(path: Path) -> dict[str, int]:
    numbers = read_json(path)
    if sorted(numbers.values()) != list(range(len(numbers))):
        raise ValueError("pieces are not numbered one by one")
    return numbers


def _read(path: Path) -> Any:
    model = proto.ModelProto()  # type: ignore[attr-defined]  # which is made while that module is imported
    model.ParseFromString(path.read_bytes())
    return model


def _replacements(model: Any) -> Sequence[bytes]:
    """What signs are replaced by: behind the trie of those that are, whose size stands first."""
    charsmap = model.normalizer_spec.precompiled_charsmap
    start = 4 + int.from_bytes(charsmap[:4], "little")
    if charsmap and start > len(charsmap):
        raise ValueError("the trie is longer than what holds it")
    return charsmap[start:].split(b"\0")
