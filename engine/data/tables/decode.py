"""Bytes of unknown origin → text, and what they were read as, so that a wrong guess can be seen and put right.

A byte-order mark decides; then UTF-8, which other encodings hardly ever are by accident; then UTF-16 by the place of
its zeros; then the two double-byte encodings of Chinese by how many of their pairs are common characters, unless an
encoding of one byte a character fits far better (`single_byte`); last, for Japanese and Korean, what
`charset-normalizer` finds plausible. Every step takes linear time; guesses look at the first `LOOKED_AT` bytes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from charset_normalizer import from_bytes

from engine.data.files import BOMS
from engine.data.tables import single_byte
from engine.errors import Refused

MAX_BYTES = 20 * 2**20
LOOKED_AT = 1 << 16
"""How many bytes a guess is made from."""
MAX_UNREADABLE = 0.01
"""The share of characters that may be unreadable in what is still called text of an encoding."""
ENCODINGS = (
    "utf-8",
    "gb18030",
    "big5",
    *single_byte.GROUPS,
    "utf-16-le",
    "utf-16-be",
    "utf-32-le",
    "utf-32-be",
    "shift_jis",
    "euc_jp",
    "euc_kr",
)
"""All that `read_text` can find, and what may be asked of it."""

_PACKED = re.compile(
    rb"PK\x03\x04|PK\x05\x06|\x1f\x8b\x08|BZh[1-9]|\xfd7zXZ\0|7z\xbc\xaf|Rar!\x1a|\x28\xb5\x2f\xfd|\x89PNG|\xff\xd8\xff"
    rb"|GIF8[79]a|%PDF-|\xd0\xcf\x11\xe0|PAR1|SQLite format 3|\x7fELF|RIFF....(?:WEBP|WAVE|AVI )",
    re.DOTALL,
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
_SEVEN_BIT = re.compile(rb"\x1b[$(]")
# Pairs of bytes: all that there may be; those of the common characters and punctuation (level 1 of GB 2312 and of
# Big5, 99 % of running text); and those that a long text in this encoding has and one in another (Korean) has not.
_CHINESE = (
    (
        "gb18030",
        re.compile(rb"[\x81-\xfe](?:[\x30-\x39][\x81-\xfe][\x30-\x39]|[\x40-\xfe])"),
        re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]"),
        re.compile(rb"[\xc9-\xd7][\xa1-\xfe]"),
    ),
    (
        "big5",
        re.compile(rb"[\x81-\xfe][\x40-\x7e\xa1-\xfe]"),
        re.compile(rb"[\xa1-\xc5][\x40-\x7e\xa1-\xfe]|\xc6[\x40-\x7e]"),
        re.compile(rb"[\xa4-\xc6][\x40-\x7e]"),
    ),
)
_MANY = 16  # about 0.4 of all pairs are such, so that so many without one are no accident (0.6 ** 16 = 0.0003)
_ENOUGH_COMMON = 0.6
_KANA = re.compile(rb"[\xa4\xa5][\xa1-\xf6]")
_MANY_KANA = 0.25  # of the bytes over 0x7F of Japanese in EUC; in Chinese they are rare
_EAST_ASIAN = ["shift_jis", "euc_jp", "euc_kr"]
_TELLING = 16
"""How many bytes over 0x7F must fit an encoding of one byte a character before it is believed over Chinese."""
_FEW_ACCENTS = 0.25  # of all bytes; Chinese has more, so that a quarter of `_TELLING` is enough below it


@dataclass(frozen=True)
class DecodedText:
    """A text, the encoding it was read as (one of `ENCODINGS`), and how many of its characters could not be read.

    Unreadable ones stand in the text as U+FFFD. Line ends are those of the file; a byte-order mark is gone. `doubtful`
    says that another encoding is nearly as likely, or that none is likely.
    """

    text: str
    encoding: str
    replaced: int = 0
    doubtful: bool = False


def read_text(content: bytes, encoding: str | None = None) -> DecodedText:
    """The text in a file; with `encoding`, one of `ENCODINGS`, no guess is made.

    Raises `Refused` for a file that is empty, over `MAX_BYTES`, no text, or in an encoding that cannot be told, and for
    an `encoding` that is none.
    """
    check_size(content)
    if _PACKED.match(content):
        raise _not_text()
    if encoding is not None:
        if encoding not in ENCODINGS:
            raise Refused(
                "{encoding} is no encoding; use one of {names}", encoding=encoding, names=", ".join(ENCODINGS)
            )
        return _text(_as(content, encoding))
    for mark, marked in BOMS:
        if content.startswith(mark) and (decoded := _as(content, marked)) is not None:
            return _text(decoded)
    if _SEVEN_BIT.search(content[:LOOKED_AT]):
        raise _untold()
    return _text(_as_utf8(content) or _as_wide(content) or _as_guessed(content))


def check_size(content: bytes) -> None:
    """Raises `Refused` for a file that is empty or over `MAX_BYTES`."""
    if len(content) > MAX_BYTES:
        raise Refused("This file is larger than {limit} MB; use a smaller one.", limit=MAX_BYTES // 2**20)
    if not content:
        raise Refused("The file is empty; choose one with text in it.")


def _text(decoded: DecodedText | None) -> DecodedText:
    """The same, if it may pass for text."""
    if decoded is None:
        raise _untold()
    looked_at = decoded.text[:LOOKED_AT]
    if len(_CONTROL.findall(looked_at)) > 2 + len(looked_at) * MAX_UNREADABLE:
        raise _not_text()
    return decoded


def _as(content: bytes, encoding: str) -> DecodedText | None:
    """The content in an encoding, unless more than few of its characters are unreadable in it."""
    for mark, marked in BOMS:
        if encoding == marked:
            content = content.removeprefix(mark)
    try:
        return DecodedText(content.decode(encoding), encoding)
    except UnicodeDecodeError:
        pass
    # Each broken byte costs a call: so in pieces, until there are too many.
    reader = codecs.getincrementaldecoder(encoding)("replace")
    pieces = []
    replaced = 0
    for start in range(0, len(content), LOOKED_AT):
        piece = reader.decode(content[start : start + LOOKED_AT], final=start + LOOKED_AT >= len(content))
        replaced += piece.count("\ufffd")
        if replaced > 2 + len(content) * MAX_UNREADABLE:
            return None
        pieces.append(piece)
    return DecodedText("".join(pieces), encoding, replaced)


def _as_utf8(content: bytes) -> DecodedText | None:
    """UTF-8, a few broken bytes among many good characters allowed. None where zeros tell of something wider."""
    if b"\0" in content[:LOOKED_AT] and _as_wide(content):
        return None
    decoded = _as(content, "utf-8")
    if decoded is None or not decoded.replaced:
        return decoded
    good = len(decoded.text) - len(re.findall("[\x00-\x7f\ufffd]", decoded.text))
    return decoded if good >= 10 * decoded.replaced else None


def _as_wide(content: bytes) -> DecodedText | None:
    """UTF-16 or UTF-32 without a mark: nearly all zeros of a text stand at the same places of its units."""
    looked_at = content[: LOOKED_AT - LOOKED_AT % 4]
    zeros = [looked_at[place::4].count(0) for place in range(4)]
    quarter = len(looked_at) // 4
    if sum(zeros) < max(2, len(looked_at) // 50):
        return None
    for encoding, places in (
        ("utf-32-le", (2, 3)),
        ("utf-32-be", (0, 1)),
        ("utf-16-le", (1, 3)),
        ("utf-16-be", (0, 2)),
    ):
        inside = sum(zeros[place] for place in places)
        whole = inside >= 1.8 * quarter if encoding.startswith("utf-32") else inside >= 0.9 * sum(zeros)
        if whole and (decoded := _as(content, encoding)) is not None and "\0" not in decoded.text:
            return decoded
    return None


def _as_chinese(content: bytes) -> DecodedText | None:
    """GB18030 or Big5, whichever makes more of the pairs common characters."""
    looked_at = content[:LOOKED_AT]
    best: tuple[float, DecodedText] | None = None
    for encoding, anything, common, telling in _CHINESE:
        pairs = anything.findall(looked_at)
        share = sum(common.fullmatch(pair) is not None for pair in pairs) / max(len(pairs), 1)
        if len(pairs) > _MANY and not any(map(telling.fullmatch, pairs)):
            continue
        if share >= _ENOUGH_COMMON and (best is None or share > best[0]):
            decoded = _as(content, encoding)
            best = best if decoded is None else (share, decoded)
    return best[1] if best else None


def _as_guessed(content: bytes) -> DecodedText | None:
    """Chinese, else an encoding of one byte a character, else Japanese or Korean; None where nothing is likely."""
    looked_at = content[:LOOKED_AT]
    high = sum(byte >= 0x80 for byte in looked_at)
    if 2 * len(_KANA.findall(looked_at)) > _MANY_KANA * high:
        return _as(content, "euc_jp")
    chinese = _as_chinese(content)
    if b"\0" in looked_at or not high:
        return chinese
    guess = single_byte.guess(looked_at)
    telling = _TELLING if high >= _FEW_ACCENTS * len(looked_at) else _TELLING // 4
    if chinese and not (guess.plausible and high >= telling):
        return replace(chinese, doubtful=guess.plausible)
    if not guess.plausible and (east_asian := _as_east_asian(content)):
        return east_asian
    decoded = _as(content, guess.encoding) if guess.thinkable else None
    return decoded and replace(decoded, doubtful=guess.doubtful)


def _as_east_asian(content: bytes) -> DecodedText | None:
    """What looks like a language to `charset-normalizer`, among few encodings, so that short texts are told right."""
    match = from_bytes(content[:LOOKED_AT], cp_isolation=_EAST_ASIAN, enable_fallback=False).best()
    return None if match is None else _as(content, match.encoding)


def _not_text() -> Refused:
    return Refused(
        "This is not text but a packed or binary file; save it as plain text, CSV or a workbook (XLSX) and try again."
    )


def _untold() -> Refused:
    return Refused("The encoding of this file cannot be told; save it as UTF-8 and try again.")
