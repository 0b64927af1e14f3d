"""Byte pieces for models that continue text: nothing is unknown, and joining pieces gives the very text back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import regex
from tokenizers import Tokenizer as Fast
from tokenizers import decoders, models, pre_tokenizers, processors, trainers

from engine.text.tokenizer import FILE

END = "<|endoftext|>"
END_ID = 0
"""Stands between texts, and so before the first piece of each."""

_BREAK = regex.compile(r"(?i:\s*<br\s{0,9}/?>\s*)+")


def plain(text: str) -> str:
    """The text as it is learnt and measured: one line feed for `<br />` however often it comes."""
    return _BREAK.sub("\n", text).strip()


class BytePieces:
    """Byte-level byte-pair pieces as GPT-2 has them (Radford et al. 2019, section 2.2); `tokenizer.json` holds all."""

    def __init__(self, fast: Fast) -> None:
        if fast.id_to_token(END_ID) != END:
            raise ValueError(f"the first token must be {END}, got {fast.id_to_token(END_ID)}")
        self.fast = fast

    @classmethod
    def train(cls, texts: Iterable[str], size: int) -> BytePieces:
        fast = Fast(models.BPE())
        fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        fast.decoder = decoders.ByteLevel()
        fast.post_processor = processors.ByteLevel(trim_offsets=False)
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=[END],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        fast.train_from_iterator(texts, trainer)
        fast.encode_special_tokens = True  # "<|endoftext|>" typed by somebody is text
        return cls(fast)

    @classmethod
    def load(cls, folder: Path) -> BytePieces:
        return cls.from_json((folder / FILE).read_text(encoding="utf-8"))

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def from_json(cls, text: str) -> BytePieces:
        """Raises ValueError for text that holds no tokenizer with our special piece."""
        try:
            fast = Fast.from_str(text)
        except Exception as error:  # the library raises nothing narrower
            raise ValueError(f"this is no tokenizer: {error}") from error
        fast.encode_special_tokens = True
        return cls(fast)

    def to_json(self) -> str:
        """The text of `tokenizer.json`."""
        return str(self.fast.to_str())

    def __len__(self) -> int:
        return int(self.fast.get_vocab_size())

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Each text in pieces, without `END`."""
        return [encoding.ids for encoding in self.fast.encode_batch_fast(list(texts), add_special_tokens=False)]

    def decode(self, ids: Sequence[int]) -> str:
        return str(self.fast.decode(list(ids), skip_special_tokens=False))
