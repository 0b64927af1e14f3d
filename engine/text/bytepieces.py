"""Byte pieces for models that continue text: nothing is unknown, and joining pieces gives the very text back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import regex
from tokenizers import Tokenizer as Fast
from tokenizers import decoders, models, pre_tokenizers, processors, trainers

from engine.text.tokenizer_file import LibraryTokenizer

END = "<|endoftext|>"
END_ID = 0
"""Stands between texts, and so before the first piece of each."""

_BREAK = regex.compile(r"(?i:\s*<br\s{0,9}/?>\s*)+")


def plain(text: str) -> str:
    """The text as it is learnt and measured: one line feed for `<br />` however often it comes."""
    return _BREAK.sub("\n", text).strip()


class BytePieces(LibraryTokenizer):
    """Byte-level byte-pair pieces as GPT-2 has them (Radford et al. 2019, section 2.2); `tokenizer.json` holds all."""

    specials = (END,)

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
        return cls(fast)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Each text in pieces, without `END`."""
        return [encoding.ids for encoding in self.fast.encode_batch_fast(list(texts), add_special_tokens=False)]

    def decode(self, ids: Sequence[int]) -> str:
        return str(self.fast.decode(list(ids), skip_special_tokens=False))
