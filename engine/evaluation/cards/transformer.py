"""What a card says of an encoder–decoder Transformer alone: how it is built, and which of its heads aligns words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.evaluation.cards.parts import REFERENCES, language, row, size
from engine.store.catalogue import ModelInfo

SHOWN = 5
LIBRARY = "float16, in the layout that transformers loads (`AutoModelForSeq2SeqLM`, `AutoTokenizer`)"


def head(info: ModelInfo, training: Mapping[str, Any]) -> str:
    """The first lines of the card."""
    config = info.config
    layers, heads = info.cross_heads
    return (
        f"# {info.name}\n\n"
        f"Translates {language(info.source_language)} to {language(info.target_language)}: a **Transformer** of "
        f"{config['encoder_layers']} encoder and {layers} decoder layers with {heads} heads each, of size "
        f"{config['d_model']} ({config['decoder_ffn_dim']} in the feed-forward layers), one embedding for source, "
        "target and output.\n\n"
        "- Attention: scaled dot product (Vaswani et al. 2017, equation 1, arXiv:1706.03762)\n"
        f"{size(info, training, LIBRARY)}"
    )


def heads(alignment: Mapping[str, Any]) -> str:
    """The alignment finder's best readings on each set of links; empty without any."""
    parts = [
        _table(alignment[where]["heads"], links) for where, links in REFERENCES.items() if _of_heads(alignment, where)
    ]
    if not parts:
        return ""
    intro = (
        "\n\n## Which head aligns words\n\n"
        "Each layer and head was read by its highest weight, at the step at which a word was written or the one after "
        "it (Chen et al. 2020, arXiv:2004.14837), with and without the end of the sentence as a place to look. The "
        'rows "attention" above are the mean over the heads of the last layer but one (Garg et al. 2019, '
        "arXiv:1909.02074), chosen beforehand. The readings here are in the order of the very sentences that they are "
        "measured on, so that the first ones come out too well; in the last row each half of the sentences is read as "
        "is best on the other half."
    )
    return intro + "".join(parts) + _crossed(alignment)


def _of_heads(alignment: Mapping[str, Any], where: str) -> bool:
    return "heads" in alignment.get(where, {})


def _table(measured: Mapping[str, Any], links: str) -> str:
    rows = [
        f"\n\n| by {links} | AER % | 95 % interval |",
        "|---|---|---|",
        *(row(_named(reading), reading["aer"], 100, 1) for reading in measured["table"][:SHOWN]),
    ]
    if "held_out" in measured:
        rows.append(row("**chosen on the other half of the sentences**", measured["held_out"]["aer"], 100, 1))
    return "\n".join(rows)


def _crossed(alignment: Mapping[str, Any]) -> str:
    """How the head that the aligner's links choose does on people's links, which had no part in the choice."""
    if not all(_of_heads(alignment, where) for where in REFERENCES):
        return ""
    best = alignment["aligner"]["heads"]["best"]
    same = next(reading for reading in alignment["gold"]["heads"]["table"] if _place(reading) == _place(best))
    low, high = (f"{100 * same['aer'][end]:.1f}" for end in ("low", "high"))
    return (
        f"\n\nThe reading that the aligner's links choose ({_named(best)}) has an AER of "
        f"{100 * same['aer']['value']:.1f} % ({low} to {high}) by people's links, which had no part in the choice."
    )


def _named(reading: Mapping[str, Any]) -> str:
    head = "mean of the heads" if reading["head"] is None else f"head {reading['head'] + 1}"
    step = ("", ", one step later", ", two steps later")[reading["shift"]]
    end = "" if reading["end"] else ", without the end of the sentence"
    return f"layer {reading['layer'] + 1}, {head}{step}{end}"


def _place(reading: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(reading[name] for name in ("layer", "head", "shift", "end"))
