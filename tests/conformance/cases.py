"""The folders that are tried, and the sentence for those that are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conformance import folders
from tests.conformance.kinds import KINDS


@dataclass(frozen=True)
class Case:
    """A folder, and what is right: `refused` is the sentence, `opens` the class where it is not the one stored."""

    name: str
    head: str
    what: str = "json"
    options: dict[str, Any] = field(default_factory=dict)
    change: Callable[[Path], None] | None = None
    refused: str = ""
    opens: str = ""
    pair: bool = False
    languages: tuple[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.head} {self.what}"

    def write(self, folder: Path) -> Path:
        folders.write(folder, self.name, self.head, **self.options)
        if self.change is not None:
            self.change(folder)
        return folder


def heads() -> list[Case]:
    """Every kind with each head that models of it are stored with, the file tokenizer.json beside it."""
    return [
        Case(name, head, "tokenizer.json", {"form": "json"}, opens=OTHERS.get(head, ""), languages=LANGUAGES.get(name))
        for name, kind in KINDS.items()
        for head in kind.heads
    ]


LANGUAGES = {
    "m2m_100": ("en", "fr"),
    "nllb": ("eng_Latn", "fra_Latn"),
    "mbart": ("en_XX", "fr_XX"),
    "mbart50": ("en_XX", "fr_XX"),
}


def _every(names: str, what: str, *, pair: bool = False, **options: Any) -> list[Case]:
    """These kinds, each with its first head, in one more form."""
    return [
        Case(name, KINDS[name].heads[0], what, options, pair=pair, languages=LANGUAGES.get(name))
        for name in names.split()
    ]


def forms() -> list[Case]:
    """Every other form in which such folders are found."""
    alone = " ".join(name for name, kind in KINDS.items() if kind.write and kind.alone)
    types = {"model_input_names": ["input_ids", "token_type_ids", "attention_mask"]}
    listed = {"tokenizer": types, "form": "json"}
    return [
        *_every(alone, "the maker's own files alone", form="bare"),
        *_every(PLAIN, "no word about the tokenizer", form="plain"),
        *_every("bert llama t5 marian vit", "weights in several files", sharded=True),
        *_every("bert gpt2 t5 llama bart vit", "weights of half precision", half=True),
        *_every("bert gpt2 t5 llama marian", "an output layer of its own", tie_word_embeddings=False),
        *_every("llama gpt_neox qwen2", "tied to the input", tie_word_embeddings=True),
        *_every("bert gpt2 t5 llama marian m2m_100 bart", "more rows than pieces", rows=7),
        *_every("bert electra albert roberta xlm-roberta deberta-v2 mpnet", "two texts", pair=True),
        *_every("roberta camembert", "BERT's tokenizer and two texts", pair=True, reader="bert"),
        *_every("distilbert modernbert llama gpt2", "types listed that it lacks", pair=True, **listed),
        *_every("roberta", "an old name", tokenizer={"tokenizer_class": "RobertaTokenizerFast"}),
        *_every("xlm-roberta", "an old name", tokenizer={"tokenizer_class": "XLMRobertaTokenizerFast"}),
        *_every("t5 llama bert", "a name for any", tokenizer={"tokenizer_class": "PreTrainedTokenizerFast"}),
        *_every("mbart", "an old name", tokenizer={"tokenizer_class": "MBartTokenizerFast"}),
        *_every("albert", "two layers in a group", inner_group_num=2),
        *_every("albert", "two groups", num_hidden_groups=2, num_hidden_layers=4),
        *_every("bart", "as large NLI models have it", pair=True, num_labels=3),
        Case("bart", "BartForSequenceClassification", "two texts", {}, pair=True),
        Case("t5", "T5ForSequenceClassification", "the maker's own files alone", {"form": "bare"}, pair=True),
        Case(
            "nllb",
            "M2M100ForConditionalGeneration",
            "the old order",
            {"tokenizer": {"legacy_behaviour": True}},
            languages=LANGUAGES["nllb"],
        ),
        Case("bert", "BertForSequenceClassification", "one number", {"num_labels": 1}),
        Case(
            "bert",
            "BertForMaskedLM",
            "sound",
            change=lambda folder: folders.changed(folder / "config.json", model_type="whisper"),
            refused="takes sound as its input",
        ),
        Case(
            "bert",
            "BertForMaskedLM",
            "two towers",
            change=lambda folder: folders.changed(folder / "config.json", model_type="clip"),
            refused="opened one at a time",
        ),
    ]


PLAIN = "bert roberta t5 mbart marian m2m_100 albert camembert xlm-roberta gpt2 deberta-v2 pegasus llama"

OTHERS = {
    "AlbertForPreTraining": "AlbertForMaskedLM",
    "BertForPreTraining": "BertForMaskedLM",
    "BertForQuestionAnswering": "BertModel",
    "ElectraForPreTraining": "ElectraModel",
    "CLIPTextModelWithProjection": "CLIPTextModel",
    "CLIPVisionModelWithProjection": "CLIPVisionModel",
    "DeiTForImageClassificationWithTeacher": "DeiTForImageClassificationWithTeacher",
} | {
    head: head.replace("ForTokenClassification", "Model")
    for kind in KINDS.values()
    for head in kind.heads
    if head.endswith("ForTokenClassification")
}
