"""The report, on a translator whose every figure can be worked out by hand."""

import json
import math
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest

from engine.data.pairs.gold import GoldPair
from engine.data.pairs.links import AlignerLinks, key
from engine.evaluation.metrics import to_json
from engine.evaluation.translation import evaluate
from engine.text.tokenizer import words

SCHEMAS = Path(__file__).parents[2] / "engine" / "schemas"
PAIRS = [
    ("We saw him there today.", "Nous l'avons vu là aujourd'hui."),
    ("We saw him there today.", "On l'a vu là aujourd'hui."),
    ("I love red apples a lot.", "J'aime beaucoup les pommes rouges."),
]
# every target word belongs to the last source word
LINKS = {(s, t): frozenset((len(words(s)) - 1, j) for j in range(len(words(t)))) for s, t in PAIRS}
ALIGNER = AlignerLinks(
    {"aligner": "hand 1.0", "symmetrised": "intersection"},
    {key(words(s), words(t)): links for (s, t), links in LINKS.items()},
)
GOLD = [
    GoldPair(0, ("red", "apples"), ("pommes", "rouges"), frozenset({(1, 0), (0, 1)}), frozenset({(1, 0), (0, 1)})),
    GoldPair(2, ("oh", "!"), ("oh", "là", "!"), frozenset({(0, 0), (1, 2)}), frozenset({(0, 0), (0, 1), (1, 2)})),
]


def aligned(matrix: np.ndarray) -> SimpleNamespace:
    """As attention with rows that sum to 1 and nothing but the end of the sentence behind the words."""
    return SimpleNamespace(matrix=matrix, rows="sum_to_one", ends=1)


class Known:
    """Translates as the first reference does, pays ln 4 a character, looks at the last word, and means the gold."""

    name = "translation/known"

    def __init__(self, turned: bool = False) -> None:
        self.turned = turned

    def translate_many(self, texts, beam=1):
        first = {source: target for source, target in reversed(PAIRS)}
        both = {
            " ".join(first): " ".join(first.values()),
            " ".join(reversed(first)): " ".join(reversed(first.values())),
        }
        known = first | both
        return [known[text] if beam == 1 else known[text].lower() for text in texts]

    def reads(self, source, target):
        return True

    def logprobs_many(self, pairs):
        return [(-math.log(4) * (len(target) + 1), len(target) + 1) for _, target in pairs]

    def align_many(self, pairs, *, tokenized, read):
        return [aligned(self._matrix(source, target, tokenized, read)) for source, target in pairs]

    def _matrix(self, source, target, tokenized, read):
        rows, columns = (len(side) if tokenized else len(words(side)) for side in (target, source))
        matrix = np.zeros((rows, columns + 1))
        if read == "attention":
            matrix[:, columns - 1 :] = [0.75, 0.25]
        elif tokenized:
            sides = (target, source) if self.turned else (source, target)
            pair = next(pair for pair in GOLD if (pair.source, pair.target) == sides)
            for link in pair.sure:
                j, i = link if self.turned else link[::-1]
                matrix[j, i] = 2
        return matrix


@pytest.fixture(scope="module")
def report():
    return evaluate(Known(), PAIRS, corpus="by/hand", language="fr", gold=GOLD, aligner_links=ALIGNER)


def test_each_different_source_is_translated_once_against_all_its_references(report):
    assert report["test"] == {"corpus": "by/hand", "pairs": 3, "sources": 2}
    assert report["bleu"]["greedy"] == {"value": 100, "low": 100, "high": 100}
    assert report["bleu"]["beam5"]["value"] < 100
    assert report["bleu"]["signature"].startswith("nrefs:var|case:mixed|eff:no|tok:13a")


def test_perplexity_is_per_piece_and_bits_are_per_character(report):
    characters = sum(len(target) for _, target in PAIRS)
    found = report["perplexity"]
    assert found["per_piece"] == {"value": 4, "low": 4, "high": 4}
    assert (found["pieces"], found["characters"]) == (characters + 3, characters)
    assert found["bits_per_character"]["value"] == pytest.approx(2 * (characters + 3) / characters)


def test_gold_is_read_both_by_attention_and_by_effect(report):
    found = report["alignment"]["gold"]
    assert (found["pairs"], found["sure"], found["possible"]) == (2, 4, 5)
    # the last source word for each of 5 target words: right for "pommes" and "!" alone
    assert found["attention"]["aer"]["value"] == pytest.approx(1 - (2 + 2) / (5 + 4), abs=1e-6)
    assert found["attention"]["precision"]["value"] == pytest.approx(2 / 5)
    assert found["attention"]["recall"]["value"] == pytest.approx(2 / 4)
    assert found["attention"]["entropy_bits"]["value"] == pytest.approx(0.811278)
    assert found["effect"]["aer"] == {"value": 0, "low": 0, "high": 0}
    assert found["effect_balanced"]["aer"] == {"value": 0, "low": 0, "high": 0}
    assert found["attention_balanced"] == {name: found["attention"][name] for name in ("aer", "precision", "recall")}
    assert found["effect_less_attention"]["aer"]["value"] == -found["attention"]["aer"]["value"]


def test_an_aligners_links_are_found_by_the_words_of_the_pair(report):
    found = report["alignment"]["aligner"]
    assert (found["pairs"], found["aligner"]) == (3, "hand 1.0")
    assert found["attention"]["aer"]["value"] == 0
    assert found["effect"]["recall"]["value"] == 0
    assert 0 < found["diagonal"]["aer"]["value"] < 1


def test_joining_with_a_reverse_model_is_reported_beside(report):
    joined = evaluate(Known(), PAIRS, gold=GOLD, reverse=Known(turned=True))["alignment"]["gold"]
    assert joined["effect_both"]["aer"]["value"] == 0
    # looking at the last word on both sides agrees on the last two alone
    assert joined["attention_both"]["precision"]["value"] == pytest.approx(1 / 2)
    assert joined["joined_with"] == "translation/known"
    assert "effect_both" not in report["alignment"]["gold"]


def test_without_gold_or_aligner_nothing_is_said_about_alignment():
    assert "alignment" not in evaluate(Known(), PAIRS)
    none_known = evaluate(Known(), PAIRS, aligner_links=AlignerLinks({}, {}))
    assert none_known["alignment"]["aligner"] == {"pairs": 0}


def test_full_adds_each_sentence_with_its_outputs(report):
    full = evaluate(Known(), PAIRS, corpus="by/hand", language="fr", gold=GOLD, aligner_links=ALIGNER, full=True)
    sentences = full.pop("sentences")
    assert full == report
    assert [one["source"] for one in sentences] == [PAIRS[0][0], PAIRS[2][0]]
    assert sentences[0]["references"] == [PAIRS[0][1], PAIRS[1][1]]
    assert (sentences[1]["greedy"], sentences[1]["beam5"]) == (PAIRS[2][1], PAIRS[2][1].lower())


def test_the_same_model_gives_the_same_bytes_again(report):
    again = evaluate(Known(), PAIRS, corpus="by/hand", language="fr", gold=GOLD, aligner_links=ALIGNER)
    assert to_json(again) == to_json(report)
    assert json.loads(to_json(report)) == report


def test_a_matrix_of_other_words_than_the_links_number_is_a_bug_and_says_so():
    class Wrong(Known):
        def align_many(self, pairs, *, tokenized, read):
            return [aligned(np.zeros((1, 1))) for _ in pairs]

    with pytest.raises(ValueError, match="is no matrix of 2 target by 2 source words"):
        evaluate(Wrong(), PAIRS, gold=GOLD)


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.name)
def test_every_schema_is_one(path):
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


def test_the_report_is_what_its_schema_says(report):
    schema = json.loads((SCHEMAS / "metrics.json").read_text(encoding="utf-8"))
    both = evaluate(Known(), PAIRS, gold=GOLD, reverse=Known(turned=True), full=True)
    for one in (report, both):
        jsonschema.validate(one, schema)
    broken = json.loads(to_json(report))
    broken["alignment"]["gold"]["effect"]["aer"]["value"] = 48.0
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_gold_sentences_too_long_for_either_model_are_left_out_and_counted():
    class Short(Known):
        def reads(self, source, target):
            return len(source if self.turned else target) < 3

    whole = evaluate(Known(), PAIRS, gold=GOLD, reverse=Known(turned=True))["alignment"]["gold"]
    for translator, reverse in ((Short(), Known(turned=True)), (Known(), Short(turned=True))):
        found = evaluate(translator, PAIRS, gold=GOLD, reverse=reverse)["alignment"]["gold"]
        assert (found["pairs"], found["left_out"]) == (1, len(GOLD) - 1)
    assert whole["pairs"] == len(GOLD) and "left_out" not in whole
