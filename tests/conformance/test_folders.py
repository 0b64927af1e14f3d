"""Every kind of model that may be opened, in every form in which its folders are found, shows the library's own eager
attention; what is not opened is refused in a sentence of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.capture.request import Request
from engine.errors import Refused
from engine.inference import load
from engine.store.kinds import KNOWN
from tests.conformance import cases, reference
from tests.conformance.cases import Case
from tests.conformance.kinds import KINDS

ALL = [*cases.heads(), *cases.forms()]
SAMPLE = (
    "bert BertForMaskedLM t",
    "llama LlamaForCausalLM t",
    "bart BartForSequenceClassification t",
    "mbart ",
    "whisper",
)
DECODERS = (
    "bloom",
    "falcon",
    "gemma",
    "gpt",
    "llama",
    "mistral",
    "mixtral",
    "opt",
    "phi",
    "qwen",
    "smollm3",
    "clip_text",
)


def marked(case: Case) -> object:
    """All run in the long tests, a few of them always."""
    few = str(case).startswith(SAMPLE) or case.what in FEW
    return pytest.param(case, id=str(case), marks=() if few else pytest.mark.long)


FEW = ("sound", "two layers in a group", "types listed that it lacks", "BERT's tokenizer and two texts")


@pytest.mark.parametrize("case", [marked(case) for case in ALL])
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_a_folder_shows_the_librarys_own_attention_or_says_why_not(case: Case, tmp_path: Path) -> None:
    folder = case.write(tmp_path / "model")
    if case.refused:
        with pytest.raises(Refused, match=case.refused):
            load.transformer(str(folder), "cpu", folders=True)
        return
    model = load.transformer(str(folder), "cpu", folders=True)
    opens = case.opens or case.head
    assert type(model.model).__name__ == opens
    pair = reference.PAIR if model.paired or case.pair else None
    languages = dict(zip(("source_language", "target_language"), case.languages or (None, None), strict=True))
    picture = reference.picture() if model.sees else None
    looked = model.look(Request("" if model.sees else reference.TEXT, pair, image=picture, **languages))
    expected = reference.weights(folder, opens, reference.TEXT, pair, case.languages)
    assert reference.off(model, looked, expected) <= 1e-5
    if not model.paired:
        assert [one.kind for one in looked.overviews] == ["decoder" if case.name.startswith(DECODERS) else "encoder"]


def test_every_kind_that_may_be_opened_is_tried() -> None:
    tried = {KINDS[case.name].configured(9).model_type for case in ALL}
    assert tried == set(KNOWN)
    assert len(ALL) >= 60
