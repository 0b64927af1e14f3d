"""A request made ready for a model: its tensors, and what stands along each kind of attention."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Int
from PIL import Image
from torch import Tensor
from transformers import BaseImageProcessor, PreTrainedModel, PreTrainedTokenizerBase

from engine.capture.edits import NONE, Edits
from engine.capture.inputs import Tokens, before, said, tokens, translated
from engine.capture.pictures import Picture, picture
from engine.errors import Refused, refusing
from engine.text.given import check_text
from engine.text.limits import Limits
from engine.traces import Axis

MAX_TOKENS = 2048
MAX_CHARACTERS = 24_000
"""Looked at first, more than `MAX_TOKENS` take; tokenizers read so many marks or letters in a row in a moment."""
MAX_SAID = 128
"""How many tokens an encoder–decoder may say by itself."""


@dataclass(frozen=True)
class Request:
    """What is to be read: `pair` is the second text of an encoder, or the target of an encoder–decoder. A vision model
    reads an `image` (a PNG, JPEG or WebP file) and no text."""

    text: str
    pair: str | None = None
    edits: Edits = NONE
    image: bytes | None = None


@dataclass(frozen=True, eq=False)
class Read:
    """A text made ready: what the model is called with, and what stands along each kind of attention."""

    tensors: dict[str, Tensor]
    axes: Mapping[str, tuple[Axis, Axis]]
    rarity: Mapping[str, list[int]]
    answer: Tokens | None
    cut: int | None
    picture: Picture | None = None


class Reader:
    """Makes requests ready for one model; `paired` says whether it is an encoder–decoder, `limit` how much it reads."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase | BaseImageProcessor) -> None:
        self.model = model
        self.tokenizer: Any = tokenizer
        self.sees = isinstance(tokenizer, BaseImageProcessor)
        backend = getattr(tokenizer, "backend_tokenizer", None)
        self._limits = None if backend is None else Limits.of(backend)
        self.paired = bool(model.config.is_encoder_decoder)
        self.limit = MAX_TOKENS if isinstance(tokenizer, BaseImageProcessor) else _limit(model, tokenizer)

    def trial(self) -> Read:
        """The least that the model can read."""
        if not self.sees:
            return self.read(Request("a", "a" if self.paired else None))
        file = io.BytesIO()
        Image.new("RGB", (8, 8)).save(file, "PNG")
        return self.read(Request("", image=file.getvalue()))

    def read(self, request: Request) -> Read:
        if self.sees:
            return self._read_picture(request.image)
        with refusing(Refused("This model cannot read this text: its tokenizer or its configuration is not whole.")):
            text = self._checked(request.text)
            pair = self._checked(request.pair) if request.pair else None
            return self._read_pair(text, pair) if self.paired else self._read_text(text, pair)

    def _checked(self, text: str) -> str:
        """The text, once it is known that the tokenizer reads it in a moment. Raises `Refused`."""
        text = check_text(text, "Type a text first.", MAX_CHARACTERS)
        if self._limits is not None:
            self._limits.check(text)
        return text

    def _read_text(self, text: str, pair: str | None) -> Read:
        source = tokens(self.tokenizer, text, pair or None, self.limit)
        both = (source.axis, source.axis)
        rarity = list(source.ids)
        tensors = {"input_ids": self._row(source.ids)}
        if pair and "token_type_ids" in self.tokenizer.model_input_names:
            tensors["token_type_ids"] = self._row(source.types)
        return Read(
            tensors,
            {"encoder": both, "decoder": both},
            {"encoder": rarity, "decoder": rarity},
            source if causal(self.model) else None,
            source.cut,
        )

    def _read_pair(self, text: str, pair: str | None) -> Read:
        """Along cross-attention stands what is being said; along the decoder's own, what it was given so far."""
        source = translated(self.tokenizer, text, self.limit)
        row = self._row(source.ids)
        target = translated(self.tokenizer, pair, self.limit, target=True) if pair else self._said(row)
        start = self.model.generation_config.decoder_start_token_id
        start = self.model.config.decoder_start_token_id if start is None else start
        given = before(self.tokenizer, int(start), target)
        return Read(
            {"input_ids": row, "decoder_input_ids": self._row(given.ids)},
            {
                "encoder": (source.axis, source.axis),
                "decoder": (given.axis, given.axis),
                "cross": (target.axis, source.axis),
            },
            {"encoder": list(source.ids), "decoder": list(given.ids), "cross": list(source.ids)},
            target,
            source.cut,
        )

    def _read_picture(self, image: bytes | None) -> Read:
        if image is None:
            raise Refused("Choose a picture first.")
        pixels, seen = picture(self.model, self.tokenizer, image)
        return Read(
            {"pixel_values": pixels.to(self.model.device, self.model.dtype)},
            {"encoder": (seen.axis, seen.axis)},
            {},
            None,
            None,
            seen,
        )

    def _said(self, source: Int[Tensor, "batch position"]) -> Tokens:
        """The likeliest answer, token by token."""
        model: Any = self.model
        found = model.generate(
            input_ids=source,
            attention_mask=torch.ones_like(source),
            max_length=min(MAX_SAID + 1, self.limit),
            num_beams=1,
            do_sample=False,
        )
        return said(self.tokenizer, found[0, 1:].tolist())

    def _row(self, ids: Sequence[int]) -> Int[Tensor, "batch position"]:
        embedding: Any = self.model.get_input_embeddings()
        known = len(embedding.weight)
        if max(ids) >= known:
            raise Refused(
                "The tokenizer of this model gives this text a piece numbered {piece}, and its weights know {known}.",
                piece=max(ids),
                known=known,
            )
        return torch.tensor([list(ids)], device=self.model.device)


def causal(model: PreTrainedModel) -> bool:
    return "ForCausalLM" in type(model).__name__ or "LMHead" in type(model).__name__


def _limit(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """The most positions that the model, its tokenizer and we allow."""
    places = getattr(model.config, "max_position_embeddings", None) or MAX_TOKENS
    # RoBERTa and its like count positions from behind the padding id.
    if getattr(model.config, "model_type", "") in ("roberta", "xlm-roberta", "camembert", "mpnet"):
        places -= 2
    return int(min(places, tokenizer.model_max_length, MAX_TOKENS))
