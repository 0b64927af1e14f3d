"""A request made ready for a model: its tensors, and what stands along each kind of attention."""

from __future__ import annotations

import inspect
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Int
from PIL import Image
from torch import Tensor
from transformers import BaseImageProcessor, PreTrainedModel, PreTrainedTokenizerBase
from transformers.models.auto.modeling_auto import MODEL_MAPPING_NAMES

from engine.capture.edits import NONE, Edits
from engine.capture.inputs import Tokens, before, behind, in_language, tokens, tokens_of, translated
from engine.capture.languages import languages
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
    reads an `image` (a PNG, JPEG or WebP file) and no text. Languages are those of `Reader.languages`, by their codes;
    the usual ones where none are named."""

    text: str
    pair: str | None = None
    edits: Edits = NONE
    image: bytes | None = None
    source_language: str | None = None
    target_language: str | None = None


@dataclass(frozen=True)
class Target:
    """What a decoder is to say; `stopped` where the model was not at the end of its own answer."""

    tokens: Tokens
    stopped: bool = False


@dataclass(frozen=True, eq=False)
class ModelInput:
    """A text made ready: what the model is called with, and what stands along each kind of attention.

    `cut` and `cut_target` are how many tokens were read of texts that have more, `stopped` after how many an answer was
    not let go on; None where all is whole.
    """

    tensors: dict[str, Tensor]
    axes: Mapping[str, tuple[Axis, Axis]]
    rarity: Mapping[str, list[int]]
    answer: Tokens | None
    cut: int | None
    picture: Picture | None = None
    cut_target: int | None = None
    stopped: int | None = None


class Reader:
    """Makes requests ready for one model; `paired` says whether it is an encoder–decoder, `limit` how much it reads."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase | BaseImageProcessor) -> None:
        self.model = model
        self.tokenizer: Any = tokenizer
        self.sees = isinstance(tokenizer, BaseImageProcessor)
        self.paired = bool(model.config.is_encoder_decoder)
        self.writes = self.paired and model.can_generate()
        self.bare = self.paired and type(model).__name__ in MODEL_MAPPING_NAMES.values()
        self.writer: Any = getattr(tokenizer, "target_side", tokenizer)
        backends = [getattr(side, "backend_tokenizer", None) for side in (tokenizer, self.writer)]
        self._limits = [Limits.of(backend) for backend in backends if backend is not None]
        self.languages = None if self.sees or not self.paired else languages(model, tokenizer)
        self._asked = frozenset(inspect.signature(model.forward).parameters)
        self.limit = MAX_TOKENS if isinstance(tokenizer, BaseImageProcessor) else _limit(model, tokenizer)

    def trial(self) -> ModelInput:
        """The least that the model can read."""
        if not self.sees:
            return self.read(Request("a", "a" if self.paired else None))
        file = io.BytesIO()
        Image.new("RGB", (8, 8)).save(file, "PNG")
        return self.read(Request("", image=file.getvalue()))

    def read(self, request: Request) -> ModelInput:
        if self.languages is None and (request.source_language or request.target_language):
            raise Refused("This model has no tokens for languages, so none can be chosen: leave the languages out.")
        if self.sees:
            return self._read_picture(request.image)
        with refusing(Refused("This model cannot read this text: its tokenizer or its configuration is not whole.")):
            text = self._checked(request.text)
            pair = self._checked(request.pair) if request.pair else None
            asked = replace(request, text=text, pair=pair)
            return self._read_pair(text, asked) if self.paired else self._read_text(text, pair)

    def source(self, text: str) -> Tokens:
        """A text by itself, of an encoder–decoder what its encoder reads. Raises `Refused`."""
        with refusing(Refused("This model cannot read this text: its tokenizer or its configuration is not whole.")):
            text = self._checked(text)
            return (
                self._source(text, Request(text))[0] if self.paired else tokens(self.tokenizer, text, None, self.limit)
            )

    def _checked(self, text: str) -> str:
        """The text, once it is known that the tokenizer reads it in a moment. Raises `Refused`."""
        text = check_text(text, "Type a text first.", MAX_CHARACTERS)
        for limits in self._limits:
            limits.check(text)
        return text

    def _read_text(self, text: str, pair: str | None) -> ModelInput:
        source = tokens(self.tokenizer, text, pair or None, self.limit)
        both = (source.axis, source.axis)
        rarity = list(source.ids)
        return ModelInput(
            self._tensors(source),
            {"encoder": both, "decoder": both},
            {"encoder": rarity, "decoder": rarity},
            source if causal(self.model) else None,
            source.cut,
        )

    def _tensors(self, source: Tokens) -> dict[str, Tensor]:
        """What the model asks for of what the tokenizer gives: it may list types of texts that the model does not know,
        as BERT's does beside a RoBERTa."""
        rows = {"input_ids": self._row(source.ids)}
        types = getattr(self.model.config, "type_vocab_size", 0) or 0
        if "token_type_ids" in self._asked and max(source.types, default=0) in range(1, types):
            rows["token_type_ids"] = self._row(source.types)
        return rows

    def _read_pair(self, text: str, request: Request) -> ModelInput:
        """Along cross-attention stands what is being said, or without that what the decoder was given; along the
        decoder's own, what it was given so far."""
        source, target_mark = self._source(text, request)
        target, start = self._target(source, request.pair, target_mark)
        prefix = before(self.writer, start, source if target is None else target.tokens)
        rows = prefix.axis if target is None else target.tokens.axis
        return ModelInput(
            {**self._tensors(source), "decoder_input_ids": self._row(prefix.ids)},
            {
                "encoder": (source.axis, source.axis),
                "decoder": (prefix.axis, prefix.axis),
                "cross": (rows, source.axis),
            },
            {"encoder": list(source.ids), "decoder": list(prefix.ids), "cross": list(source.ids)},
            target.tokens if target is not None and self.writes else None,
            source.cut,
            cut_target=None if target is None else target.tokens.cut,
            stopped=None if target is None or not target.stopped else len(target.tokens),
        )

    def _source(self, text: str, request: Request) -> tuple[Tokens, int | None]:
        """What the encoder reads, and the number of the token that says in which language the decoder is to write."""
        if not (self.writes or self.bare):
            return tokens(self.tokenizer, text, request.pair or None, self.limit), None
        if self.languages is None:
            return translated(self.tokenizer, text, self.limit), None
        first, second = self.languages.chosen(request.source_language, request.target_language)
        if self.languages.prefix:
            source = translated(self.tokenizer, text, self.limit - 1)
            return source if second is None else behind(self.tokenizer, second, source), None
        source = translated(self.tokenizer, text, self.limit)
        return source if first is None else self._in_language(source, first), second

    def _target(self, source: Tokens, pair: str | None, language: int | None) -> tuple[Target | None, int]:
        """What the decoder is to say, and what it begins with. None where it reads the source once more, as that of a
        classifier does."""
        if pair and (self.writes or self.bare):
            wanted = translated(self.writer, pair, self.limit)
            wanted = wanted if language is None else self._in_language(wanted, language)
            return Target(wanted), self._start(wanted)
        if not self.writes:
            return None, self._start(source)
        answer, start = self._said(self._row(source.ids), language)
        return answer, start

    def _in_language(self, text: Tokens, language: int) -> Tokens:
        assert self.languages is not None
        return in_language(text, self.tokenizer, language, frozenset(self.languages.ids.values()))

    def _start(self, target: Tokens) -> int:
        """mBART begins with what its target ends with, the token of a language."""
        if self.model.config.model_type == "mbart":
            return target.ids[-1]
        start = self.model.generation_config.decoder_start_token_id if self.writes else None
        return int(self.model.config.decoder_start_token_id if start is None else start)

    def _read_picture(self, image: bytes | None) -> ModelInput:
        if image is None:
            raise Refused("Choose a picture first.")
        pixels, view = picture(self.model, self.tokenizer, image)
        return ModelInput(
            {"pixel_values": pixels.to(self.model.device, self.model.dtype)},
            {"encoder": (view.axis, view.axis)},
            {},
            None,
            None,
            view,
        )

    def _said(self, source: Int[Tensor, "batch position"], language: int | None) -> tuple[Target, int]:
        """The likeliest answer, token by token, and what it begins with."""
        model: Any = self.model
        # mBART begins with the language, unless it was told of another mark, as mBART-50 was; others say it first.
        starts = model.config.model_type == "mbart" and model.config.decoder_start_token_id is None
        begins = "decoder_start_token_id" if starts else "forced_bos_token_id"
        settings = model.generation_config
        output = model.generate(
            input_ids=source,
            attention_mask=torch.ones_like(source),
            max_length=min(MAX_SAID + 1, self.limit),
            max_new_tokens=None,
            num_beams=1,
            do_sample=False,
            forced_eos_token_id=None,  # an answer that is cut short does not look as if it had come to its end
            **({} if language is None else {begins: language}),
        )
        ids = output[0].tolist()
        ends = settings.eos_token_id
        ended = ids[-1] in (ends if isinstance(ends, list) else [ends])
        return Target(tokens_of(self.writer, ids[1:]), stopped=not ended), ids[0]

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
