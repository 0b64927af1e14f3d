"""Byte-pair pieces, and the words they belong to.

Spaces become ▁ before the text is cut, so that joining pieces gives the text back. Which words a text has, for display
and for alignment, `engine.text.words` says.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import regex
from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers import Tokenizer as Fast

from engine.text import spaced
from engine.text import words as text_words
from engine.text.tokenizer_file import LibraryTokenizer
from engine.text.words import CONTRACTION, PARTS, Span, belonging
from engine.traces import SPACE, Axis

PAD, UNKNOWN, START, END = "<pad>", "<unk>", "<s>", "</s>"
SPECIALS = (PAD, UNKNOWN, START, END)
PAD_ID, UNKNOWN_ID, START_ID, END_ID = range(4)
MANY = 500
"""So many texts are cut word by word, see `spaced`; with fewer it is not worth while to look whether they can be."""
_STANDS_ALONE = "\N{OBJECT REPLACEMENT CHARACTER}"

# The two engines write set difference differently, so the letters outside the unspaced scripts are spelt out for each.
_PARTS_ONIGURUMA = tuple(part.replace("--[", "&&[^") for part in PARTS)
# What is written without a space to its neighbours: scripts that have none between words, and their signs.
_JOINS = regex.compile(rf"[{text_words.UNSPACED}[[\p{{P}}ー]&&[\u3000-\u30FF\uFF00-\uFFEF]]]", flags=regex.V1)
_PIECE_SPLIT = "|".join((CONTRACTION, *(f"▁?{part}" for part in _PARTS_ONIGURUMA), "▁?[^▁]", "▁"))


def words(text: str) -> list[str]:
    """The words of a text as our alignments count them; of scripts that nothing here can cut, unbroken runs."""
    return text_words.words(_plain(text))


def _untaught() -> Fast:
    """What prepares texts, parts them and puts them together again, before it knows any piece."""
    fast = Fast(models.BPE(unk_token=UNKNOWN, fuse_unk=False))
    fast.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Strip(),
            normalizers.Prepend("▁"),
            normalizers.Replace(" ", "▁"),
        ]
    )
    fast.pre_tokenizer = pre_tokenizers.Split(Regex(_PIECE_SPLIT), "isolated")
    fast.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.Fuse(), decoders.Strip(content=" ", left=1, right=0)]
    )
    return fast


def _plain(text: str) -> str:
    """The text as it is cut and shown: composed, and ▁, which means a space in pieces, as the _ that it looks like."""
    return unicodedata.normalize("NFC", text).replace("▁", "_")


@dataclass(frozen=True)
class Encoded:
    """`ids` end with `</s>`; `axis` says what each piece reads and which word it belongs to."""

    ids: tuple[int, ...]
    axis: Axis


class Tokenizer(LibraryTokenizer):
    """One vocabulary for both languages."""

    specials = SPECIALS

    @classmethod
    def train(cls, texts: Iterable[str], size: int) -> Tokenizer:
        fast = _untaught()
        # Special tokens are numbered by the trainer alone and never matched in text: "<s>" typed by somebody is text.
        trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=list(SPECIALS), show_progress=False)
        spaced.learn(fast, texts, trainer)
        return cls(fast)

    @classmethod
    def of_characters(cls, texts: Iterable[str], size: int) -> Tokenizer:
        """Each character one piece, as couplets are written by: the `size` most frequent ones with the special pieces,
        equals in the order of Unicode. No spaces are kept, and a comma is the Chinese one."""
        fast = Fast(models.BPE())
        fast.normalizer = normalizers.Sequence(
            [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), ""), normalizers.Replace(",", "，")]
        )
        counts = Counter("".join(fast.normalizer.normalize_str(text) for text in texts))
        usual = sorted(counts, key=lambda character: (-counts[character], character))[: max(size - len(SPECIALS), 0)]
        numbers = {piece: number for number, piece in enumerate((*SPECIALS, *usual))}
        fast.model = models.BPE(numbers, [], unk_token=UNKNOWN, fuse_unk=False)
        fast.decoder = decoders.Fuse()
        return cls(fast)

    def to_json(self) -> str:
        return str(self.fast.to_str(pretty=True))

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Many texts at once, each ended by `</s>`; for training, where nobody looks at labels."""
        plain = [_plain(text) for text in texts]
        if len(texts) >= MANY and spaced.rules(self.fast) == spaced.rules(_untaught()):
            return [[*ids, END_ID] for ids in spaced.ids(self.fast, plain)]
        return [[*e.ids, END_ID] for e in self.fast.encode_batch_fast(plain, add_special_tokens=False)]

    def encode(self, text: str) -> Encoded:
        """Words read as they were typed; a piece that no vocabulary holds is labelled `<unk>`."""
        text = _plain(text)
        encoding = self.fast.encode(text, add_special_tokens=False)
        spans = list(_spans(text, encoding.tokens, encoding.offsets))
        labels = [_label(text, span, piece) for span, piece in zip(spans, encoding.ids, strict=True)]
        belongs = belonging(text, labels, spans)
        return self._ended(encoding.ids, labels, belongs.groups, belongs.names, belongs.shares)

    def encode_words(self, tokens: Sequence[str]) -> Encoded:
        """Given words, joined as their script is written and encoded once; the axis groups pieces by the given word
        they start in.

        A space stands between two words unless one of the characters that meet there belongs to a script without
        spaces. No piece crosses from one word into the next there either: the text is cut at the given words before
        pieces are merged, else "他花了" as one piece would leave two of the words 他, 花 and 了 with nothing to be
        linked by. Every given word keeps its number, so links can be numbered by it; a word must not be blank
        (ValueError).
        """
        if any(not token.strip() for token in tokens):
            raise ValueError("a given word is blank")
        words = [_plain(token) for token in tokens]
        text, ends, cuts = _written(words)
        encoding = self.fast.encode(text, add_special_tokens=False)
        places = [i for i, (_, end) in enumerate(encoding.offsets) if end not in cuts]
        ids = [encoding.ids[i] for i in places]
        spans = list(_spans(text, [encoding.tokens[i] for i in places], [encoding.offsets[i] for i in places]))
        labels = [_label(text, span, piece) for span, piece in zip(spans, ids, strict=True)]
        return self._ended(ids, labels, [bisect_right(ends, first) for first, _ in spans], words)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self.fast.decode([i for i in ids if i >= len(SPECIALS)], skip_special_tokens=False))

    def piece(self, index: int) -> str:
        """What one output reads, its leading space shown as a space."""
        return str(self.fast.id_to_token(index)).replace("▁", " ")

    def axis(self, ids: Sequence[int]) -> Axis:
        """Labels and words of an output that was made piece by piece: the words are those of its whole text."""
        labels = tuple(text_words.reading(self.piece(index)) for index in ids)
        text, spans = joined([self.piece(index) if index >= len(SPECIALS) else None for index in ids])
        belongs = belonging(text, labels, spans)
        special = tuple(i < len(SPECIALS) and i != UNKNOWN_ID for i in ids)
        return Axis(labels, special=special, ids=tuple(ids), tokens=self._tokens(ids), **belongs._asdict())

    def _tokens(self, ids: Sequence[int]) -> tuple[str, ...]:
        """What the vocabulary holds under each number."""
        return tuple(str(self.fast.id_to_token(index)) for index in ids)

    def _ended(
        self,
        ids: Sequence[int],
        labels: Sequence[str],
        groups: Sequence[int],
        names: Sequence[str],
        shares: Sequence[tuple[float, ...]] = (),
    ) -> Encoded:
        """With `</s>` as a word of its own at the end."""
        ended = (*ids, END_ID)
        axis = Axis(
            (*labels, END),
            (*groups, len(names)),
            (*(False for _ in labels), True),
            names=(*names, END),
            shares=(*shares, (1.0,)) if shares else (),
            ids=ended,
            tokens=self._tokens(ended),
        )
        return Encoded(ended, axis)


def _written(tokens: Sequence[str]) -> tuple[str, list[int], set[int]]:
    """Words joined to a text, where the one after each begins, and which of these places come after a cut.

    A cut is one character, which pieces are never merged with, where a space would stand that is not written.
    """
    gaps = [
        _STANDS_ALONE if _JOINS.match(word[-1]) or _JOINS.match(next_[0]) else " " for word, next_ in pairwise(tokens)
    ]
    text = "".join(token + gap for token, gap in zip(tokens, [*gaps, ""], strict=False))
    ends = list(accumulate(len(token) + 1 for token in tokens))
    return text, ends, {end for end, gap in zip(ends, gaps, strict=False) if gap != " "}


def joined(pieces: Sequence[str | None]) -> tuple[str, list[Span | None]]:
    """The text that pieces make together, and which of its characters each is.

    A piece is given as it reads, with the space before it; None is a mark, which parts what stands around it.
    """
    text = ""
    spans: list[Span | None] = []
    for piece in pieces:
        if piece is None:
            spans.append(None)
            text += " "
            continue
        spans.append((len(text), len(text) + len(piece)))
        text += piece
    return text, spans


def _spans(text: str, pieces: Sequence[str], offsets: Sequence[Span]) -> Iterator[Span]:
    """Which characters of a text each piece reads, none twice; a piece that is a space alone reads none."""
    reached = 0
    for piece, (start, end) in zip(pieces, offsets, strict=True):
        # The space before a text's first word was not typed, and its piece claims the first character.
        surface = "" if piece == SPACE else text[max(start, reached) : end]
        first = max(start, reached) + len(surface) - len(surface.lstrip())
        if piece == SPACE:
            first = end if text[start:end].isspace() else start
        reached = max(reached, first, end if surface else 0)
        yield first, max(first, end if surface.strip() else first)


def _label(text: str, span: Span, piece: int) -> str:
    return UNKNOWN if piece == UNKNOWN_ID else text_words.reading(text[slice(*span)])
