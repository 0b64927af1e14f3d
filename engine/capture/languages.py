"""The languages of a multilingual translator, each of which has a token of its own that stands at an end of the text.

M2M100 and NLLB (Fan et al. 2020, arXiv:2010.11125; NLLB Team 2022, arXiv:2207.04672) put it before both texts, mBART
behind them (Liu et al. 2020, arXiv:2001.08210), and Marian's multilingual models read the target's before the source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedModel

from engine.errors import Refused

FAMILIES = {
    "m2m_100": re.compile(r"__([a-z]{2,3})__|([a-z]{3}_[A-Z][a-z]{3})"),
    "mbart": re.compile(r"()([a-z]{2,3}_[A-Z]{2})"),
    "marian": re.compile(r">>([\w-]+)<<()"),
}
"""How the tokens of languages read, by kind of model; one of the two groups is the language's code."""


@dataclass(frozen=True)
class Languages:
    """`ids` has for each code the number of its token; `source` and `target` are those that stand for themselves.

    With `prefix` the target's token goes before the source, and the source has none.
    """

    ids: Mapping[str, int]
    source: str | None
    target: str | None
    prefix: bool = False

    def chosen(self, source: str | None, target: str | None) -> tuple[int | None, int | None]:
        """The numbers of two tokens, those of the usual languages where none is named. Raises `Refused` for a code that
        the model does not know."""
        return self._number(source or self.source), self._number(target or self.target)

    def _number(self, code: str | None) -> int | None:
        if code is None:
            return None
        if code not in self.ids:
            raise Refused(
                "This model has no language {code}; it has {known}.",
                code=code[:20],
                known=", ".join(sorted(self.ids)),
            )
        return self.ids[code]


def languages(model: PreTrainedModel, tokenizer: Any) -> Languages | None:
    """None where the model names no language by a token."""
    pattern = FAMILIES.get(model.config.model_type)
    if pattern is None:
        return None
    ids = {
        code: number
        for token, number in tokenizer.get_vocab().items()
        if (match := pattern.fullmatch(token)) and (code := match[1] or match[2])
    }
    if len(ids) < 2:
        return None
    codes = {number: code for code, number in ids.items()}
    marked = [codes[number] for number in tokenizer("a")["input_ids"] if number in codes]
    source = marked[0] if marked else None
    prefix = model.config.model_type == "marian"
    target = _usual_target(model, tokenizer, codes)
    if target is None and not prefix:
        target = next((code for code in _likely(ids) if code != source), None)
    return Languages(dict(sorted(ids.items())), source, target, prefix)


def _usual_target(model: PreTrainedModel, tokenizer: Any, codes: Mapping[int, str]) -> str | None:
    """What the model's own files name: the token that an answer is made to begin with, or the tokenizer's setting."""
    for settings in (getattr(model, "generation_config", None), model.config):
        for name in ("forced_bos_token_id", "decoder_start_token_id"):
            code = codes.get(getattr(settings, name, None) or -1)
            if code is not None:
                return code
    named = getattr(tokenizer, "tgt_lang", None)
    return named if named in codes.values() else None


def _likely(ids: Mapping[str, int]) -> list[str]:
    """English and French first, since most texts that are tried are English."""
    return sorted(ids, key=lambda code: (not code.startswith("en"), not code.startswith("fr"), code))
