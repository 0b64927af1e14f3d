"""Word pieces for encoders: the words of a `Document`, each in as few known pieces as may be.

Pieces are learnt and cut by the `tokenizers` library, without regard to case (NFKC). A word's pieces do not depend on
its neighbours, so that pieces always add up to words; `tokenizer.json` cuts plain text into the same words by itself
(runs of Han characters apart, which no single rule can cut), so that `AutoTokenizer` reads what we read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int
from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers import Tokenizer as Fast

from engine.text.document import Document
from engine.text.tokenizer_file import LibraryTokenizer

PAD, UNKNOWN, FIRST, LAST, MASK = SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD_ID, UNKNOWN_ID, FIRST_ID, LAST_ID, MASK_ID = range(5)
CONTINUES = "##"
MAX_WORD = 100
"""Characters; a longer word is unknown."""
ALPHABET = 400
"""Characters that pieces are made of, the most frequent ones; a word with another is unknown."""
HEAD = 0.25
"""Where a text is too long to be read whole: the share of what is read that is taken from its beginning."""

_NOT = r"(?i:n['’]t)(?!\p{L})"
# The words of engine.text.document, as Oniguruma writes them.
WORD = "|".join(
    (
        _NOT,
        rf"\p{{L}}[\p{{L}}\p{{M}}]*?(?={_NOT})",
        r"['’](?i:s|re|ve|d|ll|m)(?!\p{L})",
        r"\p{L}[\p{L}\p{M}\x{AD}\x{200C}\x{200D}]*",
        r"\p{N}+(?:[.,]\p{N}+)*[\p{L}\p{M}]*",
        r"([\p{P}$+<=>^`|~])\1*",
        r"[^\s]",
    )
)


class Pieces(NamedTuple):
    """A text as piece numbers, and how many of them each word has (1 at least)."""

    ids: Int[np.ndarray, " piece"]
    lengths: Int[np.ndarray, " word"]

    def hidden(self, words: Bool[np.ndarray, " word"]) -> Pieces:
        """Those words replaced by one [UNK] each."""
        gone = np.repeat(words, self.lengths)
        first = np.zeros(len(self.ids), dtype=bool)
        first[np.cumsum(self.lengths) - self.lengths] = True
        ids = np.where(gone, UNKNOWN_ID, self.ids)[~gone | first]
        return Pieces(ids, np.where(words, 1, self.lengths))

    def kept(self, words: Bool[np.ndarray, " word"]) -> Pieces:
        """Those words alone."""
        return Pieces(self.ids[np.repeat(words, self.lengths)], self.lengths[words])

    def read(self, limit: int) -> Bool[np.ndarray, " word"]:
        """Which words a model reads that takes `limit` pieces, [CLS] and [SEP] among them.

        All of them where they fit; else whole words from the beginning and, for the most part, from the end, which
        is where reviews come to their verdict (Sun et al. 2019, section 5.3.1, arXiv:1905.05583).
        """
        room = limit - 2
        there = np.ones(len(self.lengths), dtype=bool)
        if len(self.ids) <= room:
            return there
        ends = np.cumsum(self.lengths)
        head = int(np.searchsorted(ends, int(room * HEAD), side="right"))
        left = room - (int(ends[head - 1]) if head else 0)
        tail = int(np.searchsorted(ends, ends[-1] - left, side="left")) + 1
        there[head:tail] = False
        return there


def _empty(model: models.WordPiece) -> Fast:
    """How text is cut before pieces are, and what is put around them."""
    fast = Fast(model)
    fast.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    fast.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"(?i:<br\s{0,9}/?>)"), "removed"),
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split(Regex(WORD), "isolated"),
        ]
    )
    fast.decoder = decoders.WordPiece(prefix=CONTINUES)
    fast.post_processor = processors.TemplateProcessing(
        single=f"{FIRST} $A {LAST}",
        pair=f"{FIRST} $A {LAST} $B:1 {LAST}:1",
        special_tokens=[(FIRST, FIRST_ID), (LAST, LAST_ID)],
    )
    return fast


class WordPieces(LibraryTokenizer):
    """Pieces that one language's documents are cut into."""

    specials = SPECIALS

    @classmethod
    def train(cls, texts: Iterable[str], size: int) -> WordPieces:
        texts = list(texts)
        learner = _empty(models.WordPiece(unk_token=UNKNOWN))
        assert learner.normalizer is not None
        counts = Counter("".join(learner.normalizer.normalize_str(text) for text in texts))
        usual = sorted((c for c in counts if not c.isspace()), key=lambda c: (-counts[c], c))[:ALPHABET]
        # Left alone, the trainer numbers the characters that go on a word by chance, and pieces that are equally
        # frequent then come by chance too: named beforehand, they have an order.
        trainer = trainers.WordPieceTrainer(
            vocab_size=size,
            special_tokens=[*SPECIALS, *(CONTINUES + character for character in usual)],
            initial_alphabet=usual,
            limit_alphabet=len(usual),
            continuing_subword_prefix=CONTINUES,
            show_progress=False,
        )
        learner.train_from_iterator(texts, trainer)
        vocabulary = learner.get_vocab(with_added_tokens=True)
        fast = _empty(models.WordPiece(vocabulary, unk_token=UNKNOWN, max_input_chars_per_word=MAX_WORD))
        fast.add_special_tokens(list(SPECIALS))
        return cls(fast)

    def pieces(self, documents: Sequence[Document]) -> list[Pieces]:
        """Each document in pieces; a word that has none (signs that nobody sees) is unknown."""
        texts = [[word for i in range(len(document.sentences)) for word in document.words(i)] for document in documents]
        known = sorted({word for words in texts for word in words})
        encodings = self.fast.encode_batch_fast(known, add_special_tokens=False)
        cut = {word: encoding.ids or [UNKNOWN_ID] for word, encoding in zip(known, encodings, strict=True)}
        made = []
        for words in texts:
            rows = [cut[word] for word in words]
            ids = np.fromiter((piece for row in rows for piece in row), dtype=np.int32)
            made.append(Pieces(ids, np.fromiter(map(len, rows), dtype=np.int32)))
        return made


def framed(pieces: Pieces, limit: int) -> list[int]:
    """What is read of a text, between [CLS] and [SEP]."""
    return [FIRST_ID, *pieces.kept(pieces.read(limit)).ids.tolist(), LAST_ID]
