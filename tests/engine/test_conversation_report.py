"""What is measured of a model that replies, against the same counted by hand, and its card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine.decoding.mmi import LIKELIEST, Mmi, Reply, ranked
from engine.errors import Refused
from engine.evaluation.bleu import scores_of, statistics
from engine.evaluation.bootstrap import resampled_sums
from engine.evaluation.cards.card import card
from engine.evaluation.conversation import evaluate, offered, spread
from engine.evaluation.diversity import commonest, distinct
from engine.evaluation.reranking import LENGTHS, WEIGHTS, chosen
from engine.store.catalogue import ModelInfo
from engine.store.replying import weights
from tests.engine import readme
from tests.engine.learnt import facts

SCHEMA = json.loads(Path("engine/schemas/metrics-conversation.json").read_text(encoding="utf-8"))
TRAINING = facts("xdailydialog/en")
MODEL = {"cell": "gru", "score": "additive", "vocabulary": 100, "placement": "after", "feeding": True}
PAIRS = [
    ("Where is the station?", "It is over there."),
    ("When do we meet?", "Let us meet at noon."),
    ("What do you like?", "I like Chinese food very much."),
    ("Who called you today?", "It was my old friend Tom."),
]
DULL = "I do not know that."


class Parrot:
    """Says "I do not know that." first, and what people said only where it fits the message."""

    def __init__(self, reverse: str | None) -> None:
        self.name = "conversation/parrot"
        self.reverse = None if reverse is None else type("WayBack", (), {"name": reverse})

    def replies_many(self, messages: Sequence[str], beam: int = 10) -> list[list[Reply]]:
        known = dict(PAIRS)
        weighed = -9.0 if self.reverse else 0.0
        return [
            [Reply(DULL, -2.0, 3 * weighed, 6), Reply(known[m], -4.0, weighed, 6), Reply(f"No, {m}", -12.0, 0, 9)]
            for m in messages
        ]

    def fits(self, text: str) -> bool:
        return len(text) < 200

    def logprobs_many(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[float, int]]:
        return [(-6.0, 6)] * len(pairs)


def _development() -> tuple[list[list[Reply]], list[list[str]]]:
    """Replies to 36 messages, right ones the longer: more and more of them win as γ grows, four as λ does. To every
    fifth message nothing right was offered, so that BLEU is not sure at its highest."""
    replies, references = [], []
    for k in range(36):
        answer = f"we meet at the {k} old station near noon"
        least, back = 0.25 * (k % 12), -8.0 if k > 31 else -9.0  # the γ above which the right one wins, where λ is 0
        own = [Reply(f"no, {k} and that is that", -2.0, -9.0, 7), Reply(answer, -2.0 - 3 * (least + 0.1), back, 10)]
        replies.append(own)
        references.append([answer if k % 5 else "by all means, do as you please"])
    return replies, references


def test_the_weights_are_those_of_the_smallest_length_within_an_error_of_the_highest_bleu_on_development_pairs() -> (
    None
):
    replies, references = _development()
    best = {
        Mmi(weight, length): tuple(own[ranked(own, Mmi(weight, length))[0]].text for own in replies)
        for weight in WEIGHTS
        for length in LENGTHS
    }
    counts = {texts: statistics(texts, references, "13a") for texts in set(best.values())}
    scores = {mmi: float(scores_of(counts[texts].sum(0)[None])[0]) for mmi, texts in best.items()}
    weighed, alone = ({mmi: score for mmi, score in scores.items() if bool(mmi.weight) == own} for own in (True, False))

    def by_rule(own: dict[Mmi, float], errors: float) -> Mmi:
        highest = max(own, key=own.__getitem__)
        error = scores_of(resampled_sums(counts[best[highest]])).std()
        near = [mmi for mmi, score in own.items() if score >= own[highest] - errors * error]
        return min(near, key=lambda mmi: (mmi.length, -own[mmi], mmi.weight))

    choice = chosen(replies, references, "13a")
    assert (choice.mmi, choice.alone) == (by_rule(weighed, 1), by_rule(alone, 1))
    for own in (weighed, alone):
        lengths = {by_rule(own, errors).length for errors in (0, 1, 2)}
        assert len(lengths) == 3, "any other rule would do as well"
    assert choice.measured["bleu"] == pytest.approx(weighed[choice.mmi], abs=1e-5)
    assert choice.measured["length"] == pytest.approx(alone[choice.alone], abs=1e-5)
    assert choice.measured["likeliest"] == pytest.approx(scores[LIKELIEST], abs=1e-5)
    assert choice.measured["highest"] == pytest.approx(max(weighed.values()), abs=1e-5)
    assert choice.measured["length_alone"] == pytest.approx(max(alone.values()), abs=1e-5)
    at = choice.measured["highest_at"]
    assert weighed[Mmi(at["lambda"], at["gamma"])] == max(weighed.values())
    assert choice.measured["most_tried"] == {"lambda": WEIGHTS[-1], "gamma": LENGTHS[-1]}


@pytest.mark.parametrize("reverse", ["conversation/back", None])
def test_the_report_says_what_mmi_gains_and_fits_its_schema(reverse: str | None) -> None:
    report = evaluate(Parrot(reverse), PAIRS, PAIRS, corpus="own", language="en", full=True)
    jsonschema.validate(report, SCHEMA)
    assert report["perplexity"]["per_piece"]["value"] == pytest.approx(2.718282, abs=1e-5)
    assert {row["likeliest"] for row in report["replies"]} == {DULL}
    assert report["distinct_1"]["likeliest"]["value"] == pytest.approx(6 / 24)
    for way in ("length", "mmi"):
        measured = ("bleu", "distinct_1", "distinct_2", "ten_commonest", "words")
        assert {way in report[measure] for measure in measured} == {"mmi" in report} == {reverse is not None}
    if reverse is not None:
        assert [row["mmi"] for row in report["replies"]] == [answer for _, answer in PAIRS]
        assert report["bleu"]["mmi"]["value"] == pytest.approx(100)
        assert all(row["length"] in (DULL, f"No, {row['message']}") for row in report["replies"]), (
            "no way back is asked"
        )
        assert report["distinct_1"]["mmi"] == report["distinct_1"]["people"]


def test_a_pair_that_is_too_long_is_left_out_and_counted() -> None:
    long = [("What?", "word " * 60)]
    report = evaluate(Parrot(None), [*PAIRS, *long], PAIRS)
    assert report["test"] == {"corpus": None, "pairs": 4, "messages": 4, "left_out": 1}


def test_where_no_pair_is_left_to_measure_on_or_to_choose_by_that_is_said() -> None:
    long = [("What?", "word " * 60)]
    for given, development in ((long, PAIRS), ([], PAIRS), (PAIRS, long)):
        with pytest.raises(Refused, match="There is no pair to measure on"):
            evaluate(Parrot("conversation/back"), given, development)
    with pytest.raises(Refused, match="there is no message in it"):
        chosen([], [], "13a")
    assert evaluate(Parrot(None), PAIRS, [])["test"]["pairs"] == 4  # without a way back nothing is chosen


def test_a_message_without_a_reply_is_blank_in_development_as_in_test() -> None:
    replies, references = _development()
    dull = [[Reply("", -1.0, -9.0, 1)] if k % 3 else own for k, own in enumerate(replies)]
    none = [[] if k % 3 else own for k, own in enumerate(replies)]
    assert chosen(none, references, "13a") == chosen(dull, references, "13a")
    assert chosen([[]] * 3, references[:3], "13a").measured["highest"] == 0


def test_distinct_n_counts_different_n_grams_by_the_number_of_all_words() -> None:
    answers = [["a", "b", "a"], ["a", "b"], [], ["c"]]
    for n, value in ((1, 3 / 6), (2, 2 / 6)):
        assert distinct(answers, n) == {"value": pytest.approx(value, abs=1e-6)}, (
            "draws with replacement repeat n-grams"
        )
    assert distinct([["a"]] * 5, 1)["value"] == pytest.approx(0.2)
    assert distinct([[], []], 2)["value"] == 0


def test_the_commonest_answers_are_counted_by_how_many_give_them() -> None:
    answers = ["No."] * 3 + ["Yes."] * 2 + ["At noon.", "Never.", "Why?"]
    assert commonest(answers, 2)["value"] == pytest.approx(5 / 8)
    assert commonest(answers)["value"] == 1


def test_offered_replies_are_kept_by_how_many_messages_they_were_offered_to() -> None:
    kept = offered(Parrot(None).replies_many([message for message, _ in PAIRS]))
    assert kept == {"messages": 4, "beam": 10, "different": 9, "commonest": [{"text": DULL, "count": 4}]}


def test_pairs_are_spread_evenly_and_never_more_than_wanted() -> None:
    pairs = [(str(k), "") for k in range(10)]
    assert [said for said, _ in spread(pairs, 4)] == ["0", "3", "6", "9"]
    assert spread(pairs, 10) == spread(pairs, 99) == pairs


@pytest.mark.parametrize("backwards", [False, True])
def test_the_card_says_the_licence_and_how_replies_are_weighed(backwards: bool) -> None:
    config = {"model_type": "alignscope-seq2seq", "task": "conversation", "corpora": ["xdailydialog/en"]}
    config |= {"model": MODEL, "backwards": backwards, "reverse": "conversation/back"}
    metrics = evaluate(Parrot(None if backwards else "conversation/back"), PAIRS, PAIRS, corpus="xdailydialog/en")
    info = ModelInfo("conversation/tiny", "conversation", "en", "en", Path("nowhere"), config, metrics, TRAINING)
    text = card(info)
    assert "CC BY-NC-SA 4.0" in text and "no commercial use" in text and "no memory" in text
    assert ("what a reply in English may have answered" in text) == backwards
    assert ("chosen on 4 messages for development" in text) == ("| BLEU: weighed by MMI |" in text)
    assert ("λ =" in text) != backwards
    assert ("of all weights with λ > 0" in text) == ("| BLEU: weighed by length alone |" in text) == (not backwards)
    assert weights(info) == (Mmi(0.5, 0.0) if backwards else Mmi(*_both(metrics)))


@pytest.mark.parametrize(("weight", "length", "named"), [(4.0, 2.0, "λ = 4"), (1.0, 6.0, "γ = 6"), (1.0, 2.0, None)])
def test_the_card_says_where_the_highest_bleu_lies_at_the_most_that_was_tried(
    weight: float, length: float, named: str | None
) -> None:
    metrics = evaluate(Parrot("conversation/back"), PAIRS, PAIRS, corpus="xdailydialog/en")
    metrics["mmi"]["development"]["highest_at"] = {"lambda": weight, "gamma": length}
    config = {"model_type": "alignscope-seq2seq", "task": "conversation", "corpora": ["xdailydialog/en"]}
    info = ModelInfo(
        "conversation/tiny", "conversation", "en", "en", Path(), config | {"model": MODEL}, metrics, TRAINING
    )
    text = card(info)
    assert ("the most that was tried" in text) == (named is not None)
    assert named is None or f"BLEU is highest at {named}, the most that was tried" in text


@pytest.mark.parametrize(
    ("corpus", "said", "translated"), [("xdailydialog/en", 1, 0), ("xdailydialog/zh", 1, 1), ("own", 0, 0)]
)
def test_the_card_says_who_people_are_where_that_is_known(corpus: str, said: bool, translated: bool) -> None:
    metrics = evaluate(Parrot(None), PAIRS, PAIRS, corpus=corpus)
    config = {"model_type": "alignscope-seq2seq", "task": "conversation", "corpora": [corpus], "model": MODEL}
    learnt = facts(corpus)
    text = card(ModelInfo("conversation/tiny", "conversation", "en", "en", Path(), config, metrics, learnt))
    assert ("Of people: what stands in the dialogues, which were written for learners of English" in text) == said
    assert ("as people translated them" in text) == translated


def _both(metrics: dict) -> tuple[float, float]:
    return metrics["mmi"]["lambda"], metrics["mmi"]["gamma"]


def test_the_likeliest_replies_are_those_without_both() -> None:
    assert Mmi() == LIKELIEST


def _rows(language: str, metrics: dict[str, Any]) -> list[str]:
    """The rows of one language in the README, of each way that was measured."""
    mmi = metrics["mmi"]
    labels = {
        "likeliest": "the likeliest",
        "length": f"weighed by length alone (γ = {mmi.get('gamma_alone', 0):g})",
        "mmi": f"weighed by MMI (λ = {mmi['lambda']:g}, γ = {mmi['gamma']:g})",
        "people": "people",
    }
    return [
        readme.row(
            f"{language}, {label}",
            readme.cell(metrics["bleu"].get(way), 1, 2),
            readme.cell(metrics["distinct_1"][way], 1, 3, within=False),
            readme.cell(metrics["distinct_2"][way], 1, 3, within=False),
            readme.cell(metrics["ten_commonest"][way], 100, 1),
            readme.cell(metrics["words"][way], 1, 1, within=False),
            readme.cell(metrics["perplexity"]["per_piece"] if way == "likeliest" else None, 1, 1),
        )
        for way, label in labels.items()
        if way in metrics["words"]
    ]


def test_the_table_of_replies_in_the_readme_says_what_was_measured() -> None:
    metrics = {name: own for name, own in readme.measured("conversation").items() if "mmi" in own}
    languages = {"en": "English", "zh": "Chinese"}
    assert languages.keys() == metrics.keys(), "a model that replies is missing from the table"
    assert readme.holds([row for name, language in languages.items() for row in _rows(language, metrics[name])])
