"""Replies: learnt from dialogues in either direction, searched, weighed by the way back, and given on the command
line."""

from __future__ import annotations

import json
import lzma
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.data import turns
from engine.data.pairs import corpora
from engine.data.registry import CORPORA
from engine.data.splits import Split
from engine.data.tsv import Pair
from engine.decoding.mmi import LIKELIEST, USUAL, Mmi, Reply, ranked
from engine.errors import Refused
from engine.inference import conversation, load
from engine.inference.conversation import Responder
from engine.inference.hypotheses import hypotheses_of
from engine.store import replying
from engine.store.catalogue import ModelInfo
from engine.text.tokenizer import Tokenizer
from engine.text.utterance import plain
from engine.training.data_sections import DialoguesConfig
from engine.training.prepare.translation import read_pairs
from engine.training.runs import train
from tests import dialogue_lines
from tests.dialogue_lines import DIALOGUES
from tests.engine.learnt import NETWORK
from tests.engine.terminal import valid

CONFIG = (
    """
name = "conversation/own"
pieces = 120
[data]
dialogues = ["{path}"]
language = "en"
{more}"""
    + NETWORK
)
SAID = [plain(english) for dialogue in DIALOGUES for english, _ in dialogue]


@pytest.fixture(scope="module")
def words() -> Tokenizer:
    return Tokenizer.train(SAID * 5, 200)


@pytest.fixture(scope="module")
def responder(words: Tokenizer, make_model) -> Responder:
    config = {"model_type": "alignscope-seq2seq", "task": "conversation", "weights_sha256": "0" * 64}
    metrics = {
        "mmi": {"reverse": "conversation/back", "lambda": 0.7, "gamma": 1.2},
        "offered": {"messages": 9, "commonest": [{"text": "Yes.", "count": 4}, {"text": "No.", "count": 4}]},
    }
    named = config | {"reverse": "conversation/back"}
    there = ModelInfo("conversation/tiny", "conversation", "en", "en", Path("nowhere"), named, metrics, None)
    back = ModelInfo("conversation/back", "conversation", "en", "en", Path("nowhere"), config, None, None)
    reverse = Responder(back, make_model(len(words), seed=1), words)
    return Responder(there, make_model(len(words), placement="after", feeding=True), words, lambda: reverse)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that replies, and beside it one of the way back."""
    folder = tmp_path_factory.mktemp("dialogues")
    path = dialogue_lines.write(folder)
    for name, more in (("there", ""), ("back", "backwards = true")):
        config = folder / f"{name}.toml"
        config.write_text(CONFIG.format(path=path, more=more), encoding="utf-8")
        train(config, folder / name, device="cpu")
    return folder


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("It ’ s late .", "It's late."),
        ("I'm sorry , Mr . White ! ( really ) : 5 %", "I'm sorry, Mr. White! (really): 5%"),
        ("the customers ’ needs", "the customers ' needs"),
        (" 我可以坐这吗？ ", "我可以坐这吗？"),
        ("the 1960 ’ s", "the 1960's"),
        ("He said 'd' twice.", "He said 'd' twice."),
        ("Who is 'T'?", "Who is 'T'?"),
        ("It costs $ 3 . 50 , not $ 2,000 . 00 .", "It costs $3.50, not $2,000.00."),
        ("3 , 000 yuan at 10 : 30 .", "3,000 yuan at 10:30."),
        ("It costs ten. 3 of us pay.", "It costs ten. 3 of us pay."),
    ],
)
def test_an_utterance_is_read_as_people_type_it(typed: str, read: str) -> None:
    assert plain(typed) == read and plain(read) == read


def test_each_utterance_is_answered_by_the_next_of_its_dialogue_and_no_other() -> None:
    table = turns.parse(dialogue_lines.rows(range(3)).encode(), "train.tsv", "en")
    assert table.pairs[0] == ("May I sit here?", "By all means.") and table.rows_in == 9
    assert len(table.pairs) == 3 + 2 + 1
    assert ("You're welcome.", "What kind of food do you like?") not in table.pairs


def test_nothing_answers_an_utterance_that_was_skipped() -> None:
    rows = dialogue_lines.rows(range(1)).replace("By all means .", " ")
    table = turns.parse(rows.encode(), "train.tsv", "en")
    assert table.pairs == [("Thank you.", "You're welcome.")] and table.rows_bad == 1


@pytest.mark.parametrize("column", ["dialogue", "turn"])
def test_a_row_that_says_no_turn_or_dialogue_is_skipped_and_told(column: str) -> None:
    lines = dialogue_lines.rows(range(1)).split("\n")
    cells = lines[1].split("\t")
    cells[lines[0].split("\t").index(column)] = " "
    table = turns.parse("\n".join([lines[0], "\t".join(cells), *lines[2:]]).encode(), "train.tsv", "en")
    assert [str(note) for note in table.notes] == [f"row 2: nothing stands under {column}, skipped"]
    assert table.rows_in == 4 and table.rows_bad == 1
    assert table.pairs == [("By all means.", "Thank you."), ("Thank you.", "You're welcome.")]


def test_no_corpus_teaches_what_another_holds_out(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {
        "first": Split(_pairs(range(1)), _pairs(range(1, 2)), _pairs(range(2, 3)), []),
        "second": Split(_pairs(range(5)), [], [], []),
    }
    monkeypatch.setattr(corpora, "read", lambda name: SimpleNamespace(split=parts[name]))
    pairs = read_pairs(DialoguesConfig(tuple(parts), "en"))
    assert set(pairs["train"]) == set(_pairs(range(1)) + _pairs(range(3, 5))) and pairs["dev"] == _pairs(range(1, 2))


def _pairs(numbers: range) -> list[Pair]:
    return turns.parse(dialogue_lines.rows(numbers).encode(), "train.tsv", "en").pairs


def test_training_keeps_everyday_pairs_and_development_and_test_leave_them_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = CORPORA["xdailydialog/zh"]
    for split, numbers in (("train", range(2)), ("dev", range(2, 4)), ("test", range(3, 5))):
        path = tmp_path / corpus.files[split]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(lzma.compress(dialogue_lines.rows(numbers).encode()))
    monkeypatch.setenv("ALIGNSCOPE_DATA", str(tmp_path))
    split = corpora.read("xdailydialog/zh").split
    assert ("谢谢。", "不客气。") in split.train and len(split.train) == 5
    assert split.dev == [("有人打电话来吗？", "只有怀特先生。")] and split.test == [("车站在哪里？", "在那边。")]
    assert split.dropped == [("谢谢。", "不客气！")] * 2


def test_replies_are_ranked_by_the_sum_of_their_weighed_parts() -> None:
    replies = [Reply("I don't know.", -3.0, -20.0, 5), Reply("At noon.", -5.0, -8.0, 4), Reply("No.", -2.9, -21.0, 2)]
    assert ranked(replies, LIKELIEST) == [2, 0, 1]
    assert ranked(replies, Mmi(0.5, 0.0)) == [1, 0, 2]
    assert ranked(replies, Mmi(0.0, 1.0)) == [0, 2, 1]
    assert replies[1].score(Mmi(0.5, 2.0)) == pytest.approx(-5 - 4 + 8)


def test_a_reply_has_the_parts_that_both_models_give_and_the_map_of_the_chosen_one(responder: Responder) -> None:
    message = SAID[0]
    answer = responder.reply(message, beam=6, choose=1)
    assert answer.mmi == Mmi(0.7, 1.2) == responder.mmi and len(answer.replies) > 1
    scores = [reply.score(answer.mmi) for reply in answer.replies]
    assert scores == sorted(scores, reverse=True)
    for reply, hypothesis in zip(answer.replies, answer.translation.hypotheses, strict=True):
        assert (reply.text, reply.logprob, reply.pieces) == (
            hypothesis.text,
            hypothesis.logprob,
            len(hypothesis.tokens),
        )
        (back, _), *_ = responder.reverse.logprobs_many([(reply.text, message)])
        assert reply.back == pytest.approx(back, abs=1e-3)
    drawn = answer.translation
    assert drawn.chosen == 1 and drawn.output.text == answer.reply.text == answer.replies[1].text
    assert drawn.trace is not None and len(drawn.trace.queries) == len(drawn.ids) == answer.reply.pieces
    assert responder.tokenizer.decode(drawn.ids) == answer.reply.text


def test_what_is_asked_again_of_a_reply_is_asked_of_the_message_as_it_was_read(responder: Responder) -> None:
    typed = "You ’ re late , Mr . White ! But it ’ s fine ."
    drawn = responder.reply(typed, beam=4).translation
    again = responder.again(drawn)
    assert again.keys == drawn.keys == responder.with_effect(drawn).effect.keys
    assert again.output.logprob == pytest.approx(drawn.output.logprob, abs=1e-4)
    read = plain(typed)
    assert responder.logprobs_many([(typed, typed)]) == responder.logprobs_many([(read, read)])
    assert responder.translate(typed, target=typed).keys == responder.translate(read, target=read).queries
    assert responder.align(typed, typed, tokenized=False).keys == responder.align(read, read, tokenized=False).keys


def test_a_reply_reads_its_hypotheses_once(responder: Responder, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    monkeypatch.setattr(conversation, "hypotheses_of", lambda *given: read.append(given) or hypotheses_of(*given))
    responder.reply(SAID[0], beam=4, choose=1)
    assert len(read) == 1


def test_a_search_that_comes_to_no_reply_is_told(responder: Responder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(responder, "_kept", lambda texts: [])
    with pytest.raises(Refused, match="There is no reply 1; the search came to 0"):
        responder.reply(SAID[0])


def test_many_messages_get_the_replies_that_each_alone_gets(responder: Responder) -> None:
    many = responder.replies_many(SAID[:3], 5)
    for message, replies in zip(SAID, many, strict=False):
        alone = responder.reply(message, beam=5, mmi=LIKELIEST).replies
        assert [reply.text for reply in replies] == [reply.text for reply in alone]
        assert [reply.back for reply in replies] == pytest.approx([reply.back for reply in alone], abs=1e-3)
        assert len({reply.text for reply in replies}) == len(replies) and all(reply.text.strip() for reply in replies)


def test_how_generic_a_reply_is_counts_those_that_were_offered_more_often(responder: Responder) -> None:
    assert responder.generic("No.") == (1, 4, 9, 2) and responder.generic("Maybe.") == (None, 0, 9, 2)
    assert responder.reverse.generic("No.") is None


def test_without_a_way_back_the_likeliest_reply_is_the_best(responder: Responder) -> None:
    alone = Responder(responder.info, responder.model, responder.tokenizer)
    answer = alone.reply(SAID[0], beam=5)
    assert answer.mmi == LIKELIEST and all(reply.back == 0 for reply in answer.replies)
    with pytest.raises(Refused, match="names no model of the way back"):
        alone.reply(SAID[0], mmi=USUAL)


@pytest.mark.parametrize(
    ("message", "how", "sentence"),
    [
        (" ", {}, "First type what somebody says."),
        ("Hello", {"beam": 1}, "follow 2 to 20"),
        ("Hello", {"beam": 3, "choose": 3}, "There is no reply 4"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_sentence(responder: Responder, message, how, sentence) -> None:
    with pytest.raises(Refused, match=sentence):
        responder.reply(message, **how)


def test_replies_are_trained_stored_and_given_on_the_command_line(trained: Path, run) -> None:
    described = json.loads((trained / "there" / "config.json").read_text(encoding="utf-8"))
    assert (described["task"], described["source_language"], described["target_language"]) == (
        "conversation",
        "en",
        "en",
    )
    model = str(trained / "there")
    told = run("reply", model, given="May I sit here?\n\nDid anyone call?\n")
    assert told.code == 0 and [bool(line) for line in told.lines] == [True, False, True]
    record = valid("trace", run("reply", model, "--json", "--no-mmi", "--candidate", "2", given="Hello\n").out)
    assert record["replies"][1]["text"] == record["output"]["text"] and record["mmi"] == {"lambda": 0, "gamma": 0}
    for command in ("translate", "couplet"):
        refused = run(command, model, given="Hello\n")
        assert refused.code == 2 and "its task is conversation" in refused.err


def test_a_model_of_the_way_back_learns_the_turned_pairs_and_gives_no_replies(trained: Path, run) -> None:
    assert json.loads((trained / "back" / "config.json").read_text(encoding="utf-8"))["backwards"] is True
    refused = run("reply", str(trained / "back"), given="Hello\n")
    assert refused.code == 2 and "says what a reply answers" in refused.err
    assert load.model(str(trained / "back"), "cpu", folders=True).mmi == LIKELIEST


@pytest.mark.parametrize("reverse", ["a b", "../back", "conversation/"])
def test_a_way_back_that_is_no_name_of_a_model_is_refused_before_anything_is_learnt(tmp_path: Path, reverse: str):
    config = tmp_path / "own.toml"
    config.write_text(f'reverse = "{reverse}"\n' + CONFIG.format(path="./none.tsv", more=""), encoding="utf-8")
    with pytest.raises(Refused, match="is no model name"):
        train(config, tmp_path / "run", device="cpu")


@pytest.mark.parametrize(("corpus", "its"), [("xdailydialog/zh", "from zh to zh"), ("tatoeba/en-fr", "from en to fr")])
def test_a_corpus_of_another_language_is_refused_before_anything_is_learnt(tmp_path: Path, corpus: str, its: str):
    config = tmp_path / "own.toml"
    config.write_text(CONFIG.format(path=corpus, more=""), encoding="utf-8")
    with pytest.raises(Refused, match=f"{corpus} goes {its}, and the section data says en → en"):
        train(config, tmp_path / "run", device="cpu")


def test_a_corpus_that_nobody_can_fetch_is_not_said_to_be_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALIGNSCOPE_DATA", str(tmp_path))
    with pytest.raises(Refused, match=r"has no xdailydialog/train.tsv.xz; put it there, from https://github\.com"):
        corpora.read("xdailydialog/en")
    with pytest.raises(Refused, match="or unset ALIGNSCOPE_DATA"):
        corpora.read("tatoeba/en-fr")


@pytest.mark.parametrize("named", ["conversation/none", "a b", "hf:gpt2", "run:there", "translation/none"])
def test_a_way_back_that_cannot_be_had_is_named_and_replies_are_had_without_it(
    trained: Path, named: str, run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIGNSCOPE_RUNS", str(trained))
    shutil.copytree(trained / "there", trained / "astray", dirs_exist_ok=True)
    config = trained / "astray" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text(encoding="utf-8")) | {"reverse": named}), encoding="utf-8")
    refused = run("reply", "run:astray", given="Hello\n")
    assert refused.code == 2 and f"run:astray names {named} to weigh its replies by" in refused.err
    assert "reply without MMI" in refused.err
    alone = run("reply", "run:astray", "--no-mmi", given="Hello\n")
    assert alone.lines == run("reply", "run:there", given="Hello\n").lines
    with pytest.raises(Refused, match="no such model of the way back"):
        _ = load.responder("run:astray", "cpu").reverse  # so that nobody measures it without


@pytest.mark.parametrize("named", ["conversation/other", None, ["conversation/back"]])
def test_weights_hold_for_the_way_back_with_which_they_were_chosen_and_no_other(named: object) -> None:
    chosen = {"reverse": "conversation/back", "lambda": 0.7, "gamma": 1.2}
    info = ModelInfo("conversation/tiny", "conversation", "en", "en", Path("nowhere"), {}, {"mmi": chosen}, None)
    assert replying.weights(replace(info, config={"reverse": "conversation/back"})) == Mmi(0.7, 1.2)
    assert replying.weights(replace(info, config={"reverse": named})) == USUAL
    without = {name: value for name, value in chosen.items() if name != "reverse"}
    assert replying.weights(replace(info, metrics={"mmi": without})) == USUAL


@pytest.mark.parametrize("wrong", [True, float("nan"), float("inf"), "0.7", None, 1001])
def test_weights_that_are_no_numbers_are_the_usual_ones(wrong: object) -> None:
    for name in ("lambda", "gamma"):
        mmi = {"reverse": "conversation/back", "lambda": 0.7, "gamma": 1.2, name: wrong}
        config = {"reverse": "conversation/back"}
        info = ModelInfo("conversation/tiny", "conversation", "en", "en", Path(), config, {"mmi": mmi}, None)
        assert replying.weights(info) == USUAL and replying.chosen(info) is None


def test_numbers_of_replies_are_taken_of_rows_that_name_one() -> None:
    rows = [{"text": ["No."], "count": 5}, {"text": "No.", "count": 4}, {"count": 3}, "No.", {"text": "Yes."}]
    metrics = {"offered": {"messages": 9, "commonest": rows}}
    info = ModelInfo("conversation/tiny", "conversation", "en", "en", Path("nowhere"), {}, metrics, None)
    assert replying.generic(info, "No.") == (1, 4, 9, 1)


def test_only_a_model_that_replies_may_name_a_way_back(tmp_path: Path) -> None:
    config = tmp_path / "own.toml"
    text = CONFIG.format(path="./none.tsv", more="backwards = true")
    config.write_text('reverse = "conversation/en-reverse"\n' + text, encoding="utf-8")
    with pytest.raises(Refused, match="reverse is for models that reply"):
        train(config, tmp_path / "run", device="cpu")
