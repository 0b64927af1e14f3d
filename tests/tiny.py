"""Models small enough to make anew for every test run: one for each scoring function, and one for the way back."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.attention import SCORES
from engine.models.seq2seq import Seq2Seq, Seq2SeqConfig
from engine.storage import save_model
from engine.text.tokenizer import Tokenizer
from webapp.examples import EXAMPLES

ENGLISH_FRENCH = [f"en-fr-{score.replace('_', '-')}" for score in SCORES]


def make(folder: Path) -> None:
    """Fill `folder`, as `pretrained/` is, with random models that have the shape of the real ones."""
    tokenizer = Tokenizer.train([*EXAMPLES["en"], *EXAMPLES["fr"]] * 5, 300)
    for name, score in zip([*ENGLISH_FRENCH, "fr-en-additive"], [*SCORES, "additive"], strict=True):
        torch.manual_seed(1)
        sizes = {"embedding": 16, "encoder": 8, "decoder": 16, "attention": 8}
        model = Seq2Seq(Seq2SeqConfig(vocabulary=len(tokenizer), score=score, **sizes))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(2)  # outputs are then decided, not all alike
            model.bias[3] = 1.0  # and some end sooner
        source, target = name.split("-")[:2]
        meta = {"task": "translation", "source_language": source, "target_language": target}
        save_model(folder / "translation" / name, model, tokenizer, meta, {"seconds": 60.0, "parameters": 1})
