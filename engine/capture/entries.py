"""How the entries of a vocabulary read: their text or bytes, their label on an axis, and which are special."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from typing import Any

import regex
from transformers import PreTrainedTokenizerBase

from engine.text.tokenizer import joined
from engine.text.words import Span, reading

_BYTE = regex.compile(r"<0x([0-9A-F]{2})>")
_CONTINUES = "##"
_ENDS = "</w>"


def _alphabet() -> dict[str, int]:
    """The byte that each character stands for in byte-level vocabularies (Radford et al. 2019): those that print stand
    for themselves, the others follow from U+0100 on."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + k): byte for k, byte in enumerate(others)}


_BYTES = _alphabet()


class Entries:
    """Of one tokenizer; `special` are the numbers that are no text, whoever wrote them, the model or a visitor.

    An unknown word and a mask stand for text, so they are not among them.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        backend: Any = tokenizer.backend_tokenizer
        self._kinds = set(_kinds(backend.decoder))
        added = {number for number, token in backend.get_added_tokens_decoder().items() if token.special}
        self.special = (added | set(tokenizer.all_special_ids)) - {tokenizer.unk_token_id, tokenizer.mask_token_id}

    def tokens(self, ids: Sequence[int]) -> tuple[str, ...]:
        """What the vocabulary holds under these numbers; a model may have more places than its tokenizer has pieces."""
        names = self._tokenizer.convert_ids_to_tokens(list(ids))
        return tuple(f"<{number}>" if name is None else name for number, name in zip(ids, names, strict=True))

    def label(self, token: str, number: int) -> str:
        """An entry as it reads on an axis: bytes that are no whole character in hexadecimal digits, "##" kept."""
        if self._named(number):
            return token
        if self._pieced and token.startswith(_CONTINUES):
            return token
        return reading("".join(_legible(self.content(token))))

    def spans(self, ids: Sequence[int]) -> tuple[str, list[Span | None]]:
        """The text that entries make together, and which of its characters each reads; None for special ones."""
        tokens = self.tokens(ids)
        if "ByteLevel" in self._kinds or any(_BYTE.fullmatch(token) for token in tokens):
            return _decoded([None if self._apart(n) else self.content(t) for t, n in zip(tokens, ids, strict=True)])
        return joined([None if self._apart(n) else self.content(t).decode() for t, n in zip(tokens, ids, strict=True)])

    def content(self, token: str) -> bytes:
        """The bytes of an entry, with the space that it begins with."""
        if "ByteLevel" in self._kinds and all(character in _BYTES for character in token):
            return bytes(_BYTES[character] for character in token)
        if "ByteFallback" in self._kinds and (byte := _BYTE.fullmatch(token)):
            return bytes([int(byte[1], 16)])
        if self._pieced:
            token = token[len(_CONTINUES) :] if token.startswith(_CONTINUES) else f" {token}"
        if token.endswith(_ENDS):
            token = f"{token[: -len(_ENDS)]} "
        return token.replace("▁", " ").encode("utf-8", "replace")

    @property
    def _pieced(self) -> bool:
        return "WordPiece" in self._kinds

    def _named(self, number: int) -> bool:
        return number in self.special or number in (self._tokenizer.unk_token_id, self._tokenizer.mask_token_id)

    def _apart(self, number: int) -> bool:
        return self._named(number) or number >= len(self._tokenizer)


def _kinds(decoder: Any) -> Iterator[str]:
    """The types of a decoder and of those that it is made of."""
    if decoder is None:
        return
    state = json.loads(decoder.__getstate__())
    for part in state.get("decoders", [state]):
        yield str(part.get("type"))


def _legible(content: bytes) -> Iterator[str]:
    while content:
        try:
            yield content.decode()
            return
        except UnicodeDecodeError as error:
            yield content[: error.start].decode()
            yield "<" + content[error.start : error.end].hex(" ").upper() + ">"
            content = content[error.end :]


def _decoded(pieces: Sequence[bytes | None]) -> tuple[str, list[Span | None]]:
    """Bytes read as UTF-8 from one end to the other; each piece has every character that it holds a byte of."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = ""
    places: list[list[Span]] = []  # by byte, shared by the bytes of one character
    waiting: list[list[Span]] = []
    spans: list[list[list[Span]] | None] = []
    for piece in pieces:
        if piece is None:
            text += decoder.decode(b"", final=True) + " "
            decoder.reset()
        cells: list[list[Span]] = []
        for value in piece or b"":
            cells.append([])
            waiting.append(cells[-1])
            read = decoder.decode(bytes([value]))
            if read:
                for cell in waiting:
                    cell.append((len(text), len(text) + len(read)))
                waiting = []
                text += read
        places += cells
        spans.append(None if piece is None else cells)
    text += decoder.decode(b"", final=True)
    for cell in places:
        if not cell:  # a character that was never finished reads as one sign
            cell.append((len(text) - 1, len(text)))
    return text, [None if cells is None else (cells[0][0][0], cells[-1][0][1]) if cells else (0, 0) for cells in spans]
