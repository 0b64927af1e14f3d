"""The card of a model that replies, or that says what a reply answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.evaluation.cards import recurrent
from engine.evaluation.cards.parts import data, language, making, row
from engine.store import replying
from engine.store.catalogue import ModelInfo

Facts = Mapping[str, Any]
WHOSE = {
    "people": "of people",
    "likeliest": "the likeliest reply",
    "length": "weighed by length alone",
    "mmi": "weighed by MMI",
}


def card(info: ModelInfo, training: Facts, metrics: Facts) -> str:
    """The text of CARD.md in Markdown."""
    parts = [
        _head(info, training),
        data(info, training, _counted(info, training)),
        making(info, training),
        _figures(info, metrics),
        _limits(info),
    ]
    return "\n\n".join(parts) + "\n"


def _head(info: ModelInfo, training: Facts) -> str:
    spoken = language(info.source_language)
    does = f"Replies to what somebody says in {spoken}, knowing nothing that was said before"
    if replying.backwards(info):
        does = f"Says what a reply in {spoken} may have answered; another model's replies are weighed by it"
    return recurrent.writer(info, training, does, "pieces of words")


def _counted(info: ModelInfo, training: Facts) -> str:
    sides = (
        "a reply and the utterance before it"
        if replying.backwards(info)
        else "an utterance and the next of its dialogue"
    )
    return (
        f"{training['pairs']:,} training pairs, each {sides}; long ones are left out (`max_pieces` in train.toml). "
        "Dialogues are whole in training, development or test. Of development and test those pairs are left out that "
        "training has too, case and punctuation ignored, for everyday phrases come in many dialogues. The licence "
        "allows no commercial use, of the text and so of these weights, and asks that what is made of it be passed on "
        "under the same terms. Spaces that the corpus sets before marks and around apostrophes are taken out."
    )


def _figures(info: ModelInfo, metrics: Facts) -> str:
    test = metrics["test"]
    answered = "replies" if replying.backwards(info) else "utterances"
    rows = [
        "## How well it does",
        "",
        f"On {test['messages']:,} {answered} of {test['corpus']}.test, spread evenly over its {test['pairs']:,} pairs, "
        f"of which perplexity is measured{_left_out(test)}. {metrics['offered']['beam']} replies are followed.",
        "",
        "| what | value | 95 % interval |",
        "|---|---|---|",
        *_each("BLEU", metrics["bleu"], 1, 2),
        row("perplexity per piece", metrics["perplexity"]["per_piece"], 1, 1),
        row("bits per character", metrics["perplexity"]["bits_per_character"], 1, 3),
        *_each("distinct-1", _values(metrics["distinct_1"]), 1, 4),
        *_each("distinct-2", _values(metrics["distinct_2"]), 1, 4),
        *_each("share of the ten commonest replies, %", metrics["ten_commonest"], 100, 1),
        *_each("words in a reply", metrics["words"], 1, 1),
    ]
    notes = _people(test["corpus"] or "") + (
        "Distinct-n: different n-grams by the number of all words (Li et al. 2016, arXiv:1510.03055). It has no "
        "interval, for drawn again replies repeat each other, and it falls with the number of words."
    )
    signature = f"sacreBLEU: `{metrics['bleu']['signature']}`. All in `metrics.json`."
    return "\n".join([*rows, "", notes, *_weighed(metrics), "", signature])


def _people(corpus: str) -> str:
    """Whose replies people's are, of a corpus where we know it."""
    if not corpus.startswith("xdailydialog/"):
        return ""
    written = "Of people: what stands in the dialogues, which were written for learners of English"
    translated = "" if corpus.endswith("/en") else ", here as people translated them"
    return f"{written}{translated}. "


def _left_out(test: Facts) -> str:
    return f" (pairs left out because a side is too long: {test['left_out']})" if "left_out" in test else ""


def _each(what: str, measured: Facts, scale: int, digits: int) -> list[str]:
    return [row(f"{what}: {WHOSE[name]}", measured[name], scale, digits) for name in WHOSE if name in measured]


def _values(measured: Facts) -> Facts:
    """Without the intervals that earlier versions gave, which held less often than they said."""
    return {name: {"value": own["value"]} for name, own in measured.items()}


def _weighed(metrics: Facts) -> list[str]:
    """How the weights of MMI were chosen; nothing of a model whose replies are not weighed."""
    if "mmi" not in metrics:
        return []
    mmi, dev = metrics["mmi"], metrics["mmi"]["development"]
    sentences = [
        f"MMI: ln p(reply | message) + λ ln p(message | reply) + γ |reply|, the second by {mmi['reverse']}, the length "
        f"in pieces. λ = {mmi['lambda']:g} and γ = {mmi['gamma']:g} were chosen on {dev['messages']:,} messages for "
        "development: of all weights with λ > 0 whose BLEU is within one standard error of the highest such "
        f"({dev['highest']:.2f}), those with the smallest γ, for BLEU asks for length above all. It is "
        f"{dev['bleu']:.2f} with them, {dev['likeliest']:.2f} for the likeliest replies, and "
        f"{dev['length_alone']:.2f} at most without λ."
    ]
    if "gamma_alone" in mmi:
        sentences.append(
            f"By length alone: λ = 0, and γ = {mmi['gamma_alone']:g} chosen in the same way ({dev['length']:.2f})."
        )
    if (edge := _edge(dev)) is not None:
        sentences.append(edge)
    return ["", " ".join(sentences)]


def _edge(development: Facts) -> str | None:
    """Where BLEU is highest at the most that was tried; None where it is within, or where that was not written down."""
    at, most = development.get("highest_at", {}), development.get("most_tried", {})
    letters = {"lambda": "λ", "gamma": "γ"}
    ends = [f"{letter} = {at[name]:g}" for name, letter in letters.items() if name in at and at[name] == most[name]]
    if not ends:
        return None
    return f"BLEU is highest at {' and '.join(ends)}, the most that was tried: beyond it may be higher still."


def _limits(info: ModelInfo) -> str:
    return (
        "## What to keep in mind\n\nIt has no memory, no knowledge and no opinions: it says what people said in "
        "dialogues written for learners of English, and of the conversation it knows the one utterance that it was "
        "given. BLEU against the one reply that somebody gave is low for any such model, for most good replies are "
        "others. Attention shows where the model looked, not why it said what it said."
    )
