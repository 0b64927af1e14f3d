"""Tokenizers that others made: what would take time or memory without a bound is refused before it is built."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from engine.capture.request import Request
from engine.errors import Refused
from engine.inference.transformer import Transformer
from engine.store import hugging_face as foreign
from engine.store import tokenizer_check as checking
from engine.store import tokenizer_folder as preparing
from engine.store.tokenizer_check import check
from engine.text import pipeline
from engine.text.limits import Limits
from engine.text.wordpieces import WordPieces
from tests.engine.tiny_transformers import tiny, tokenizer
from tests.hostile_tokenizers import HOSTILE, charsmap, replace
from tests.watching import room

CPU = torch.device("cpu")
MOST = 60  # megabytes that a refusal may take


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    tiny("bert").save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "model"))


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    described = json.loads(path.read_text())
    change(described)
    path.write_text(json.dumps(described))


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_what_would_take_without_a_bound_is_refused_before_it_is_built(
    change: Callable[[dict[str, Any]], None], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(folder / "tokenizer.json", change)
    monkeypatch.setattr(preparing, "CleanFolder", lambda *given: pytest.fail("it was tried"))
    with pytest.raises(Refused, match="okenizer") as refused, preparing.prepared("guest", folder):
        pass
    assert len(str(refused.value)) < 200


def test_a_sound_tokenizer_is_read_as_before(folder: Path) -> None:
    model, reader = foreign.load("guest", folder, CPU)
    looked = Transformer(foreign_guest(), model, reader).look(Request("the cat sat"))
    assert looked.overviews[0].queries.labels == ("<s>", "the", "cat", "sat", "</s>")


def foreign_guest() -> Any:
    from engine.store.catalogue import ForeignModel

    return ForeignModel("guest")


REAL: dict[str, dict[str, Any]] = {
    "BERT": {
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 102], "cls": ["[CLS]", 101]},
    },
    "Llama 2": {
        "normalizer": {
            "type": "Sequence",
            "normalizers": [{"type": "Prepend", "prepend": "▁"}, replace(" ", "▁")],
        },
        "decoder": {
            "type": "Sequence",
            "decoders": [
                replace("▁", " "),
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
    },
    "ALBERT": {
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                replace("``", '"'),
                replace("''", '"'),
                {"type": "NFKD"},
                {"type": "StripAccents"},
                {"type": "Lowercase"},
                charsmap(1024, "\0".join(["a", "a" * 18]).encode()),
                replace(" {2,}", " ", "Regex"),
            ],
        },
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
    },
    "T5": {
        "normalizer": charsmap(1024, b"a\0b\0"),
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁"}],
        },
    },
    "Marian": {"normalizer": {"type": "Precompiled", "precompiled_charsmap": ""}},
}


@pytest.mark.parametrize("parts", REAL.values(), ids=REAL)
def test_the_steps_of_known_tokenizers_pass(parts: dict[str, Any]) -> None:
    check("known", {"model": {"type": "BPE", "vocab": {}, "merges": []}, "added_tokens": [], **parts})


def test_growth_is_the_product_of_the_steps() -> None:
    grown = pipeline.normalizing({"type": "Sequence", "normalizers": [replace("a", "aa"), replace("aa", "a" * 20)]})
    assert grown.times == 20.0
    forms = {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "NFKC"}, {"type": "NFKD"}]}
    assert pipeline.normalizing(forms).times == 18.0


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_no_normal_form_grows_by_more_than_is_said(form: str) -> None:
    step = getattr(normalizers, form)()
    longest = max(len(step.normalize_str(chr(code))) for code in (*range(0xD800), *range(0xE000, 0x30000)))
    assert longest <= pipeline.normalizing({"type": form}).times
    assert form != "NFKC" or longest == 18


def built(normalizer: Any = None, cut: Any = None) -> Tokenizer:
    made = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    if normalizer is not None:
        made.normalizer = normalizer
    if cut is not None:
        made.pre_tokenizer = cut
    return made


def test_a_text_is_refused_where_its_tokenizer_would_make_too_much_of_it() -> None:
    limits = Limits.of(built(normalizers.Replace("a", "a" * 60), pre_tokenizers.ByteLevel()))
    limits.check("a" * 600)
    limits.check("b" * 24_000)
    with pytest.raises(Refused, match="makes 60000 characters of this text, and 40000 can be read"):
        limits.check("a" * 1_000)


def test_a_text_is_refused_before_the_normalizer_where_that_would_make_millions_of_it() -> None:
    limits = Limits.of(built(normalizers.Sequence([normalizers.Replace("a", "a" * 30)] * 2)))
    with pytest.raises(Refused, match="24000 characters and 4444 are read at most"):
        limits.check("a" * 24_000)


def test_a_text_is_shorter_where_its_search_takes_the_square_of_it() -> None:
    from tokenizers import Regex

    limits = Limits.of(built(cut=pre_tokenizers.Split(Regex("a+b"), "isolated")))
    limits.check("a" * 20_000)
    with pytest.raises(Refused, match="makes 20001 characters of this text, and 20000 can be read"):
        limits.check("a" * 20_001)


def test_what_the_library_built_is_looked_at_again() -> None:
    made = built(normalizers.Sequence([normalizers.Replace("a", "a" * 60)] * 3))
    with pytest.raises(Refused, match="more than 1000 characters of one"):
        Limits.of(made)
    made = built()
    made.decoder = decoders.Sequence([decoders.Replace("a", "a" * 60)] * 3)
    with pytest.raises(Refused, match="more than 1000 characters of one"):
        Limits.of(made)
    made = built()
    made.post_processor = processors.TemplateProcessing("[UNK] " * 17 + "$A", "$A $B", [("[UNK]", 0)])
    with pytest.raises(Refused, match="puts 17 tokens around each text; 16 can be read"):
        Limits.of(made)


def test_the_second_text_of_an_encoder_has_the_limits_of_the_first(folder: Path) -> None:
    reading = Transformer(foreign_guest(), *foreign.load("guest", folder, CPU))
    with pytest.raises(Refused, match="30000 characters and 24000 are read at most"):
        reading.look(Request("the cat", "a " * 15_000))


def test_a_name_that_stands_twice_is_refused(folder: Path) -> None:
    path = folder / "tokenizer.json"
    path.write_text(path.read_text().rstrip()[:-1] + ', "normalizer": null}')
    with pytest.raises(Refused, match=r"tokenizer.json of .* is not JSON"), preparing.prepared("x", folder):
        pass


@pytest.mark.parametrize(
    "part",
    [
        "a step that nobody knows",
        *(pytest.param(name, marks=pytest.mark.long) for name in ("a million characters of one", "a cube of the text")),
    ],
)
def test_a_tokenizer_that_fails_when_it_is_tried_takes_no_other_process_with_it(
    part: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if nothing of it had been noticed beforehand."""
    rewrite(folder / "tokenizer.json", HOSTILE[part])
    monkeypatch.setattr(preparing, "check", lambda name, described: None)
    with pytest.raises(Refused, match="failed when it was tried"):
        foreign.load("guest", folder, CPU)


def test_a_tokenizer_that_does_not_come_to_an_end_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "SECONDS", 0.001)
    with preparing.prepared("guest", folder) as tried, pytest.raises(Refused, match="failed when it was tried"):
        tried.passed()


def test_too_many_pieces_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MAX_PIECES", 50)
    with pytest.raises(Refused, match=r"tokenizer of guest has \d+ for vocab"), preparing.prepared("guest", folder):
        pass


SETTINGS: dict[str, dict[str, Any]] = {
    "tokens made up": {"extra_ids": 10**9},
    "no number": {"offset": float("nan")},
    "many added": {"added_tokens_decoder": {str(i): {"content": f"<{i}>"} for i in range(10_001)}},
    "many extra": {"extra_special_tokens": [f"<{i}>" for i in range(10_001)]},
    "a long one": {"additional_special_tokens": ["a" * 10**6]},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_settings_that_have_tokens_made_up_are_refused(settings: dict[str, Any], folder: Path) -> None:
    rewrite(folder / "tokenizer_config.json", lambda described: described.update(settings))
    with room(MOST), pytest.raises(Refused, match="tokenizer of guest"), preparing.prepared("guest", folder):
        pass


@pytest.mark.parametrize("file", ["added_tokens.json", "special_tokens_map.json"])
def test_a_file_of_added_tokens_is_counted(file: str, folder: Path) -> None:
    (folder / file).write_text(json.dumps({f"<{i}>": f"<{i}>" for i in range(10_001)}))
    with pytest.raises(Refused, match="adds 10001 tokens"), preparing.prepared("guest", folder):
        pass


def test_settings_lead_to_no_other_file(folder: Path) -> None:
    """Neither to another version in the folder, nor out of it."""
    other = json.loads((folder / "tokenizer.json").read_text())
    HOSTILE["a million characters of one"](other)
    (folder / "tokenizer.4.0.0.json").write_text(json.dumps(other))
    leads = {"fast_tokenizer_files": ["tokenizer.4.0.0.json"], "vocab_file": "/etc/passwd", "tokenizer_file": "/etc/x"}
    rewrite(folder / "tokenizer_config.json", lambda described: described.update(leads, init_inputs=["/etc/passwd"]))
    _, reader = foreign.load("guest", folder, CPU)
    assert reader.backend_tokenizer.normalizer is None
    assert "passwd" not in str(vars(reader))


def test_a_tokenizer_of_our_own_making_passes_the_check() -> None:
    check("ours", json.loads(WordPieces.train(["a naïve film, isn't it?"] * 3, 60).to_json()))
