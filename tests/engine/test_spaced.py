"""What makes the time before the first update short changes nothing of what is learnt from."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Fast
from tokenizers import trainers

from engine.data import splits
from engine.data.pairs import corpora
from engine.data.splits import HeldOut
from engine.data.tsv import Pair
from engine.text import tokenizer as tokenizer_module
from engine.text.spaced import spaced
from engine.text.tokenizer import END_ID, SPECIALS, Tokenizer
from engine.training.data_sections import PairsConfig
from engine.training.prepare.translation import read_pairs
from tests import pairs
from tests.engine.conftest import SENTENCES

ODD = (
    *("", " ", "a  b", " a b", "a b ", "a\tb", "a\u00a0b", "a\x1cb c", "a\u3000b", "\u2028a", "▁ a", "a▁b c", "▁▁"),
    *("l'eau d'hier", "l' eau", "aujourd'hui aujourd'huit", "he's 'tis", "don 't", "e\u0301te e \u0301", "\u0344 a"),
    *(
        "我不喜欢 abc 三",
        "ひらがな カタカナ",
        "ไทย ไทย",
        "12 345",
        "<s> a </s>",
        "🇫🇷🇩🇪 👍🏽",
        "\u200d a",
        "\u1100\u1161 \u11a8",
    ),
)
TEXTS = [*SENTENCES * 3, *ODD, *ODD, "the cat " * 9000]


def by_the_library(texts: list[str], size: int) -> Fast:
    """Every text whole through the rules, as tokenizers that are stored were learnt."""
    fast = Tokenizer.train(SENTENCES, 160).fast
    bare = Fast(type(fast.model)(unk_token="<unk>", fuse_unk=False))
    bare.normalizer, bare.pre_tokenizer, bare.decoder = fast.normalizer, fast.pre_tokenizer, fast.decoder
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=list(SPECIALS), show_progress=False)
    bare.train_from_iterator(texts, trainer)
    return bare


def as_whole_texts(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    plain = [unicodedata.normalize("NFC", text).replace("▁", "_") for text in texts]
    return [[*e.ids, END_ID] for e in tokenizer.fast.encode_batch_fast(plain, add_special_tokens=False)]


@pytest.mark.parametrize("size", [60, 160, 400])
def test_a_tokenizer_learnt_word_by_word_is_the_one_that_is_learnt_from_whole_texts(size: int) -> None:
    assert Tokenizer.train(iter(TEXTS), size).to_json() == Tokenizer(by_the_library(TEXTS, size)).to_json()


@given(st.lists(st.text(st.sampled_from("ab ▁'’\u00a0\t\x1c\u0301我ー。1É"), max_size=12), max_size=6))
def test_texts_of_any_characters_teach_the_same_and_are_cut_the_same(texts: list[str]) -> None:
    learnt = Tokenizer.train(iter([*texts, *texts]), 60)
    assert learnt.to_json() == Tokenizer(by_the_library([*texts, *texts], 60)).to_json()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenizer_module, "MANY", 0)
        assert learnt.ids(texts) == as_whole_texts(learnt, texts)


def test_many_texts_cut_word_by_word_have_the_pieces_of_whole_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer_module, "MANY", 1)
    for learnt in (Tokenizer.train(TEXTS, 200), Tokenizer.of_characters(TEXTS, 200)):
        assert learnt.ids(TEXTS) == as_whole_texts(learnt, TEXTS)


@given(st.text())
@example("a b")
def test_words_between_single_spaces_make_up_their_text(text: str) -> None:
    words = spaced(text)
    assert " ".join(words) == text and (words == [text] or all(words))


@given(st.text(st.characters(), max_size=30))
@example("É_a²Ⅷ ﬁ\u0345\ud800ΑΣ ΑΣ.")
def test_what_counts_of_a_sentence_is_its_letters_and_digits(text: str) -> None:
    whole = unicodedata.normalize("NFKC", text).lower() if not text.isascii() else text.lower()
    bare = "".join(character for character in whole if character.isalnum()) or text.strip()
    assert splits.normalise(text) == bare.encode("utf-8", "replace")


@pytest.mark.parametrize("folder", [False, True], ids=["a file", "a folder with files"])
def test_of_one_corpus_what_it_holds_out_was_held_out_when_it_was_read(tmp_path: Path, folder: bool) -> None:
    path = pairs.write(tmp_path)
    if folder:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path = tmp_path / "parts"
        path.mkdir()
        for name, part in {"train": lines, "dev": lines[:9], "test": lines[5:20]}.items():
            (path / f"{name}.tsv").write_text("".join(part), encoding="utf-8")
    split = corpora.read(str(path)).split
    held_out = HeldOut(frozenset(splits.keys_of(split.dev)), frozenset(splits.keys_of(split.test)))
    wanted: list[Pair] = splits.part(split.train, held_out).train
    assert read_pairs(PairsConfig((str(path),), "en", "fr")) == {"train": wanted, "dev": split.dev}
    assert wanted
