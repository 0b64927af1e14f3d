"""Where the model lies in a folder of others, and what is said to whoever asks such a model for what it does not do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.errors import Refused
from engine.inference import load
from engine.store import catalogue
from tests.conformance import folders
from tests.engine.terminal import refused, valid


def test_the_transformer_of_an_older_sentence_transformers_folder_is_listed_and_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders.write(tmp_path / "minilm" / "0_Transformer", "bert", "BertModel")
    (tmp_path / "minilm" / "modules.json").write_text("[]")
    (tmp_path / "minilm" / "config.json").write_text('{"__version__": "0.2.5"}')
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(tmp_path))
    assert catalogue.foreign_models() == ["folder:minilm"]
    for name in ("folder:minilm", str(tmp_path / "minilm")):
        assert load.transformer(name, "cpu", folders=True).model.config.model_type == "bert"


@pytest.mark.parametrize("name", ["hf:google-bert/bert-base-uncased", "folder:mine", "{folder}"])
@pytest.mark.parametrize("command", ["translate", "align", "classify"])
def test_a_command_for_our_models_says_where_those_of_others_are_shown(
    run: Any, command: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folders.write(tmp_path / "mine", "bert", "BertForMaskedLM")
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(tmp_path))
    refused(run(command, name.format(folder=folder), given="a\tb\n"), "is a model that others made")


def test_trace_takes_the_languages_of_a_translator(run: Any, tmp_path: Path) -> None:
    folder = str(folders.write(tmp_path / "mine", "nllb", "M2M100ForConditionalGeneration"))
    asked = ["--source-language", "fra_Latn", "--target-language", "eng_Latn"]
    record = valid("trace", run("trace", folder, *asked, "--target", "the cat", given="le chat\n").lines[0])
    assert record["traces"][0]["keys"]["labels"][0] == "fra_Latn"
    assert record["output"]["tokens"][0]["token"] == "eng_Latn"
    refused(run("trace", folder, "--target-language", "xx", given="le chat\n"), "has no language xx")


@pytest.mark.parametrize(("settings", "field"), [({"num_labels": 1}, "scores"), ({"num_labels": 2}, "probabilities")])
def test_trace_says_what_kind_of_number_stands_by_a_label(
    run: Any, settings: dict[str, int], field: str, tmp_path: Path
) -> None:
    folder = folders.write(tmp_path / "mine", "bert", "BertForSequenceClassification", **settings)
    record = valid("trace", run("trace", str(folder), given="the cat\n").lines[0])
    assert set(record) & {"scores", "probabilities"} == {field}
    assert len(record[field]) == settings["num_labels"]


def test_a_folder_that_holds_nothing_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is no model"):
        catalogue.find(str(tmp_path), folders=True)
