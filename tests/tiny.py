"""Models small enough to make anew for every test run.

One translator for each scoring function and one for the way back, other forms of attention; a classifier of each kind
for two languages; three writers of couplets; two models that reply, each with one of the way back; two replays.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

from engine.attention import SCORES
from engine.models.documents.bilstm import BiLSTM, BiLSTMConfig
from engine.models.documents.han import HAN, HANConfig
from engine.models.recurrent.decoders import build
from engine.models.recurrent.seq2seq import Seq2Seq, Seq2SeqConfig
from engine.store.own_format import save_model
from engine.text.document import document
from engine.text.tokenizer import Tokenizer
from engine.text.vocabulary import Vocabulary
from tests import tiny_replays
from tests.couplet_lines import COUPLETS
from tests.dialogue_lines import DIALOGUES, METRICS
from webapp.examples.messages import MESSAGES
from webapp.examples.reviews import REVIEWS
from webapp.examples.sentences import EXAMPLES

CLASSIFIERS = {
    "imdb": ("en", ["imdb"], ("han", "hn-ave", "hn-max", "bilstm")),
    "reviews-zh": ("zh", ["chinese_reviews/hotel"], ("han", "bilstm")),
}
DECODERS = ("decoder1", "decoder2", "decoder3", "decoder4", "reversed", "doubled")
_FED = {"placement": "after", "feeding": True}
FORMS = {
    "after-feeding": _FED,
    "after": {"placement": "after"},
    "before": {"placement": "before"},
    "local-m": {**_FED, "window": "local_m"},
    "local-p": {**_FED, "window": "local_p"},
    "sparsemax": {**_FED, "selection": "sparse"},
    "hard-gumbel": {**_FED, "selection": "hard"},
    "hard-exact": {"placement": "after", "selection": "exact"},
    "null-key": {**_FED, "null_key": True},
    "supervised": _FED,
}
ENGLISH_FRENCH = [f"en-fr-{score.replace('_', '-')}" for score in SCORES]
TOGETHER = [
    {"model": "translation/en-fr-concat", "read": "effect"},
    {"model": "translation/en-fr-transformer", "read": "attention", "layer": 0, "head": 1, "later": 1},
    {"model": "translation/fr-en-additive", "read": "attention"},
]


def make(folder: Path) -> None:
    """Fill `folder`, as `pretrained/` is, with random models that have the shape of the real ones."""
    translators(folder)
    forms(folder)
    without_attention(folder)
    transformer(folder)
    classifiers(folder)
    couplets(folder)
    conversation(folder)
    tiny_replays.make(folder)


def translators(folder: Path) -> None:
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
        meta = {"task": "translation", "source_language": source, "target_language": target, "consensus": TOGETHER}
        training = {"seconds": 60.0, "parameters": 1, "updates": 11_400}
        save_model(folder / "translation" / name, model, tokenizer, meta, training)


def forms(folder: Path) -> None:
    """Forms of attention trained equally long, unlike the translators above."""
    tokenizer = Tokenizer.train([*EXAMPLES["en"], *EXAMPLES["fr"]] * 5, 300)
    for name, choices in FORMS.items():
        torch.manual_seed(1)
        sizes = {"embedding": 16, "encoder": 8, "decoder": 16, "attention": 8}
        model = build(Seq2SeqConfig(vocabulary=len(tokenizer), **choices, **sizes))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(2)
            model.bias[3] = 1.0
        meta = {"task": "translation", "source_language": "en", "target_language": "fr"}
        training = {"seconds": 60.0, "parameters": 1, "updates": 2800}
        if name == "supervised":
            training |= {"supervised": {"links_sha256": "0" * 64, "pairs_with_links": 9, "weight": 1.0, "later": 0}}
        save_model(folder / "translation" / f"en-fr-{name}", model, tokenizer, meta, training)


def without_attention(folder: Path) -> None:
    """The four decoders as they are taught and two orders of the source, over forward encoders."""
    tokenizer = Tokenizer.train([*EXAMPLES["en"], *EXAMPLES["fr"]] * 5, 300)
    for name in DECODERS:
        torch.manual_seed(1)
        order = name if name in ("reversed", "doubled") else "as_is"
        design = name if order == "as_is" else "decoder2"
        sizes = {"embedding": 16, "encoder": 8, "decoder": 16, "attention": 8}
        config = Seq2SeqConfig(
            vocabulary=len(tokenizer), design=design, source_order=order, direction="forward", **sizes
        )
        model = build(config)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(2)
            model.bias[3] = 1.0
        meta = {"task": "translation", "source_language": "en", "target_language": "fr"}
        save_model(folder / "translation" / f"en-fr-{name}", model, tokenizer, meta, {"seconds": 60.0, "parameters": 1})


def transformer(folder: Path) -> None:
    """A translator of two layers with two heads each."""
    from engine.models.transformer.translator import TransformerConfig, TransformerTranslator
    from engine.store import library_format

    tokenizer = Tokenizer.train([*EXAMPLES["en"], *EXAMPLES["fr"]] * 5, 300)
    torch.manual_seed(1)
    model = TransformerTranslator.new(TransformerConfig(len(tokenizer), size=16, inner=24, layers=2, heads=2))
    meta = {"task": "translation", "source_language": "en", "target_language": "fr", "consensus": TOGETHER}
    library_format.save_model(folder / "translation" / "en-fr-transformer", model, tokenizer, meta, {"seconds": 60.0})


def couplets(folder: Path) -> None:
    """Writers of second lines: two that attend, and one that does not."""
    characters = Tokenizer.of_characters([line for couplet in COUPLETS for line in couplet], 200)
    fed: dict[str, object] = {"placement": "after", "feeding": True}
    forms = {
        "global": fed,
        "local-m": {**fed, "window": "local_m", "window_width": 2},
        "no-attention": {"design": "decoder3", "direction": "forward"},
    }
    for name, choices in forms.items():
        torch.manual_seed(1)
        sizes = {"embedding": 16, "encoder": 8, "decoder": 16, "attention": 8}
        model = build(Seq2SeqConfig(vocabulary=len(characters), **choices, **sizes))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(2)
        meta = {"task": "couplet", "source_language": "zh", "target_language": "zh", "corpora": ["couplets"]}
        save_model(folder / "couplet" / name, model, characters, meta, {"seconds": 60.0, "parameters": 1})


def conversation(folder: Path) -> None:
    """Models that reply in two languages, of which one was measured, and those of the way back."""
    for column, language in enumerate(("en", "zh")):
        lines = [utterance[column] for dialogue in DIALOGUES for utterance in dialogue]
        tokenizer = Tokenizer.train([*lines, *MESSAGES[language]] * 5, 300)
        for name, meta in ((language, {"reverse": f"conversation/{language}-reverse"}), (f"{language}-reverse", {})):
            torch.manual_seed(len(name))
            sizes = {"embedding": 16, "encoder": 8, "decoder": 16, "attention": 8}
            model = build(Seq2SeqConfig(vocabulary=len(tokenizer), placement="after", feeding=True, **sizes))
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.mul_(2)
            described = {"task": "conversation", "source_language": language, "target_language": language, **meta}
            described |= {} if meta else {"backwards": True}
            save_model(folder / "conversation" / name, model, tokenizer, described, {"seconds": 60.0, "parameters": 1})
    measured = folder / "conversation" / "en" / "metrics.json"
    measured.write_text(json.dumps(METRICS), encoding="utf-8")


def classifiers(folder: Path) -> None:
    for name, (language, corpora, kinds) in CLASSIFIERS.items():
        texts = [document(text, language) for text in REVIEWS[language].values()]
        vocabulary = Vocabulary.train([d.words(i) for d in texts for i in range(len(d.sentences))], 400)
        for kind in kinds:
            torch.manual_seed(1)
            sizes = {"vocabulary": len(vocabulary), "embedding": 8, "dropout": 0.0}
            pooling = {"hn-ave": "average", "hn-max": "max"}.get(kind, "attention")
            model = (
                BiLSTM(BiLSTMConfig(hidden=6, **sizes))
                if kind == "bilstm"
                else HAN(HANConfig(word=4, sentence=4, attention=6, pooling=pooling, **sizes))
            )
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.mul_(4)  # attention is then no mean, and answers differ
            meta = {"task": "classification", "source_language": language, "corpora": corpora}
            meta["labels"] = ["negative", "positive"]
            save_model(folder / "classification" / f"{name}-{kind}", model, vocabulary, meta, {"seconds": 60.0})
