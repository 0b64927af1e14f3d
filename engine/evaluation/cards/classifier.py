"""The card of a document classifier, with what its attention means and how far that goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.attention import SCORES
from engine.evaluation.cards.parts import data, language, making, minutes, row, size
from engine.store.catalogue import ModelInfo

Facts = Mapping[str, Any]

NETWORKS = {
    "alignscope-han": "a hierarchical network (Yang et al. 2016, doi:10.18653/v1/N16-1174) of bidirectional {cell}s, "
    "one over the words of each sentence and one over the sentences",
    "alignscope-bilstm": "one bidirectional {cell} over all words (Zhou et al. 2016, doi:10.18653/v1/P16-2034)",
}
LIBRARY = "float16, in the layout that transformers loads (`AutoModelForSequenceClassification`, `AutoTokenizer`)"
ROLLOUT = (
    "A word's weight is its share in the rollout: how much of it is in the mean that the label is read from, if "
    "attention, the mean over heads, and the residual mix half and half in every layer (Abnar & Zuidema 2020, "
    "arXiv:2005.00928). Layers mix words, so no weight is that of a word alone. What is shuffled below are the rows of "
    "every head of every layer."
)
POOLINGS = {
    "attention": "which attend against a learnt query",
    "average": "whose states are averaged",
    "max": "of whose states the largest value of each dimension is taken",
}
RANDOM = "the same, words drawn by chance"
FAITHFULNESS = {
    "comprehensiveness": "probability lost without the most attended words (comprehensiveness)",
    "random_comprehensiveness": RANDOM,
    "sufficiency": "probability lost with the most attended words alone (sufficiency; lower is better)",
    "random_sufficiency": RANDOM,
    "area": "area between the erasure curves of chance and of the most attended first",
    "gradients": "Kendall's τ of the weights with integrated gradients",
    "effect": "Kendall's τ of the weights with each word's effect",
    "permuted": "how far shuffled word weights move the answer (median total variation)",
}
VIEWS = {
    "combined": "√(sentence weight × word weight)",
    "word": "word weight",
    "effect": "effect of the word",
    "random": "chance",
    "people": "another person",
}


OTHER_VIEWS = {"word": "rollout", **{name: label for name, label in VIEWS.items() if name not in ("combined", "word")}}
WAYS = {
    "rollout": "rollout",
    "gradient": "gradient × attention (Chefer et al. 2021, arXiv:2103.15679)",
    "last": "attention of the last layer",
}


def card(info: ModelInfo, training: Facts, metrics: Facts) -> str:
    """The text of CARD.md in Markdown."""
    parts = [
        _head(info, training),
        data(info, training, _counted(training)),
        making(info, training),
        _figures(metrics),
        _meaning(info, metrics["faithfulness"]),
        _ways(metrics.get("readings", {})),
        _people(metrics.get("people", {}), VIEWS if not info.heads else OTHER_VIEWS),
        _limits(info),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(info: ModelInfo, training: Facts) -> str:
    labels = " or ".join(info.config["labels"])
    if info.heads:
        return _transformer(info, training, labels)
    model = info.config["model"]
    lines = [
        f"# {info.name}",
        "",
        f"Says of a text in {language(info.source_language)} whether it is {labels}: "
        f"{NETWORKS[info.config['model_type']].format(cell=model['cell'].upper())}, {POOLINGS[model['pooling']]}.",
        "",
    ]
    if model["pooling"] == "attention":
        score = SCORES[model["score"]]
        lines.append(f"- Scoring function: ${score.formula}$ against a learnt $s$; selection: {model['selection']}")
    return "\n".join([*lines, size(info, training)])


def _transformer(info: ModelInfo, training: Facts, labels: str) -> str:
    config, before = info.config, training.get("pretraining")
    lines = [
        f"# {info.name}",
        "",
        f"Says of a text in {language(info.source_language)} whether it is {labels}: a ModernBERT (Warner et al. "
        f"2024, arXiv:2412.13663) of {config['num_hidden_layers']} layers with {config['num_attention_heads']} heads "
        f"each, of size {config['hidden_size']}, every layer attending to the whole text, its label read from the mean "
        f"of all places. A text of more than {config['max_position_embeddings']} pieces is cut in the middle: a "
        "quarter of what is read comes from its beginning, the rest from its end.",
        "",
        f"- {config['vocab_size']:,} pieces of lower-cased words",
    ]
    if before is not None:
        nats = before["validation_nats_per_piece"]
        reached = "" if nats is None else f", to {nats:.2f} nats a piece on the development texts"
        lines.append(
            f"- Before it saw a label it guessed masked pieces of the same texts, {before['updates']:,} updates in "
            f"{minutes(before['seconds'])}{reached}"
        )
    return "\n".join([*lines, size(info, training, LIBRARY)])


def _counted(training: Facts) -> str:
    return (
        f"{training['documents']:,} training documents. Texts that are also in the development or the test set of "
        "their corpus, case and punctuation ignored, are left out of training."
    )


def _figures(metrics: Facts) -> str:
    test, labels = metrics["test"], metrics["labels"]
    baseline = metrics.get("baseline", {}).get("tfidf")
    rows = [
        "## How well it does",
        "",
        f"On {test['documents']:,} documents of {test['corpus']}.test, {test['words']:,} words.",
        "",
        "| what | value | 95 % interval |",
        "|---|---|---|",
        row("accuracy %", metrics["accuracy"], 100, 2),
        row("macro F1 %", metrics["macro_f1"], 100, 2),
    ]
    if baseline is not None:
        beside = "TF-IDF of words and pairs with logistic regression, for comparison"
        rows += [row(f"accuracy %: {beside}", baseline["accuracy"], 100, 2)]
        rows += [row(f"macro F1 %: {beside}", baseline["macro_f1"], 100, 2)]
    rows += ["", "| true label | " + " | ".join(f"answered {label}" for label in labels) + " |"]
    rows += ["|---" * (len(labels) + 1) + "|"]
    rows += [
        f"| {label} | " + " | ".join(f"{count:,}" for count in counts) + " |"
        for label, counts in zip(labels, metrics["confusion"], strict=True)
    ]
    return "\n".join([*rows, "", "All figures stand in `metrics.json`."])


def _meaning(info: ModelInfo, figures: Facts) -> str:
    how = info.config.get("model", {}).get("pooling")
    rows = [
        "## What its attention means",
        "",
        ROLLOUT if info.heads else _attention(how, flat=info.config["model_type"] == "alignscope-bilstm"),
        "",
        "| what | mean | 95 % interval | documents |",
        "|---|---|---|---|",
    ]
    for name, label in FAITHFULNESS.items():
        if name in figures:
            rows.append(f"{row(label, figures[name], 1, 3)} {figures[name]['documents']:,} |")
    bins = ", ".join(f"{100 * share:g}" for share in figures["bins"])
    rows += [
        "",
        f"{_verdict(figures['area'])} Measured on {figures['documents']:,} test documents, with the words ordered by "
        f"{'rollout' if info.heads else VIEWS['combined']}; the first four rows are means over {bins} % of the words, "
        f"{figures['shuffles']} order(s) by chance and {figures['permutations']} permutations for each document. All "
        "probabilities are of the answer that the model gave to the whole text.",
    ]
    return "\n".join(rows)


def _ways(readings: Facts) -> str:
    """Whichever way words are weighed: what goes with the first of its order."""
    if not readings:
        return ""
    rows = [
        "## Which way to weigh words",
        "",
        "| words ordered by | comprehensiveness | sufficiency | area |",
        "|---|---|---|---|",
    ]
    for by, measured in readings.items():
        figures = " | ".join(_short(measured[name]) for name in ("comprehensiveness", "sufficiency", "area"))
        rows.append(f"| {WAYS.get(by, by)} | {figures} |")
    first = next(iter(readings.values()))
    figures = " | ".join(_short(first[name]) for name in ("random_comprehensiveness", "random_sufficiency"))
    rows += [f"| chance | {figures} | 0 |", "", f"The figures are those above, on {first['documents']:,} documents."]
    return "\n".join(rows)


def _attention(pooling: str, *, flat: bool) -> str:
    if pooling == "average":
        return (
            "There is none: all words of a sentence, and all sentences, count the same, as in attention trained "
            "uniform (Wiegreffe & Pinter 2019). What is shown as a weight is one by their number."
        )
    if pooling == "max":
        return (
            "There is none: what is shown as a weight is the share of the dimensions in which a word, or a sentence, "
            "has the largest value of all."
        )
    owner = "the text" if flat else "its sentence, and a sentence's weight the share that it has in the text"
    return (
        f"A word's weight is the share that the network's state at this word has in the vector of {owner}. That state "
        "has read the words around it too, so the weight is that of a place, not of a word alone."
    )


def _verdict(area: Facts) -> str:
    if area["low"] > 0:
        return "Taking away the most attended words first brings the answer down faster than taking words by chance."
    if area["high"] < 0:
        return "Taking away the most attended words first brings the answer down slower than taking words by chance."
    return "Taking away the most attended words first brings the answer down no faster than taking words by chance."


def _people(collections: Facts, views: Mapping[str, str]) -> str:
    if not collections:
        return ""
    rows = [
        "## Do people mark the same words?",
        "",
        "| texts | ordered by | area under precision and recall | F1 of the top words |",
        "|---|---|---|---|",
    ]
    for name, figures in collections.items():
        rows += [f"| {name} | {label} | {_pair(figures[view])} |" for view, label in views.items() if view in figures]
    rows += [
        "",
        "Means over annotations with 95 % intervals over texts. The top words are as many as the annotator marked; "
        "chance is what an order by chance is expected to reach. "
        + "; ".join(
            f"{name}: {figures['texts']:,} texts, {figures['annotations']:,} annotations, "
            f"{100 * figures['highlighted']['value']:.1f} % of the words marked"
            for name, figures in collections.items()
        )
        + ". None of these texts was learnt from.",
    ]
    return "\n".join(rows)


def _pair(figures: Facts) -> str:
    return " | ".join(_short(figures[name]) if name in figures else "" for name in ("auprc", "f1"))


def _short(figure: Facts) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _limits(info: ModelInfo) -> str:
    return (
        "## What to keep in mind\n\n"
        f"It has read nothing but {' and '.join(info.config.get('corpora', []))}: of other texts, and of irony, it "
        "knows nothing. It always answers, also where a text is neither. Attention shows where the model looked; the "
        "figures above say how far that is why it answered so."
    )
