"""The tones of Chinese characters as couplets count them: level (平) or oblique (仄), by today's Mandarin.

First and second tone are level, third and fourth oblique, as in the new rhymes (中华新韵); a neutral tone is neither.
The old rhymes (平水韵), by which most traditional lines were written, count the characters that once ended in -p, -t or
-k as oblique: some of these are level today (竹, 一, 国), so such lines can miss here what they keep there.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, cast

import regex

SOURCE = "pypinyin 0.55.0 (readings of the Unihan database and of phrases)"
CONVENTION = "modern Mandarin: tones 1 and 2 level, 3 and 4 oblique, neutral neither"


class Tone(StrEnum):
    LEVEL = "level"
    OBLIQUE = "oblique"


_CHINESE = regex.compile(r"\p{Han}")
_TONES = {"1": Tone.LEVEL, "2": Tone.LEVEL, "3": Tone.OBLIQUE, "4": Tone.OBLIQUE}


def tones(line: str) -> tuple[Tone | None, ...]:
    """The tone of each character, read as its phrase has it where one is known (重 is chóng in 重阳 and zhòng in 重量);
    None for what is no Chinese character, for a neutral tone and for a character without a reading."""
    from pypinyin import Style, lazy_pinyin  # a second to import, which whoever asks for no tone should not wait for

    read = lazy_pinyin(line, style=Style.TONE3, neutral_tone_with_five=True, errors=cast(Any, list))
    # What is no Chinese character comes back as it is, and a digit would pass for a tone.
    return tuple(_TONES.get(each[-1:]) if _CHINESE.match(c) else None for c, each in zip(line, read, strict=True))
