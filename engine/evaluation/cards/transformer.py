"""What a card says of an encoder–decoder Transformer alone: how it is built, and which of its heads aligns words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.evaluation.cards.parts import language, row, size
from engine.store.catalogue import ModelInfo

SHOWN = 5
LIBRARY = "float16, in the layout that transformers loads (`AutoModelForSeq2SeqLM`, `AutoTokenizer`)"


class Published(NamedTuple):
    """AER of another program on the same half of the gold sentences, from its own published links."""

    name: str
    aer: float


# Links of fast_align and MGIZA: lilt/alignment-scripts 4da9bbfa, `results/`; of awesome-align: its repository
# 5f150d45, `examples/`. Each published figure, on the whole set, comes out of the same links to the last digit.
PUBLISHED = {
    ("en", "fr"): (
        Published("fast_align, both directions (grow-diagonal)", 9.5),
        Published("MGIZA, both directions (grow-diagonal)", 5.8),
        Published("awesome-align, fine-tuned", 3.8),
    ),
    ("zh", "en"): (Published("awesome-align, fine-tuned", 13.1),),
}


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


def heads(alignment: Mapping[str, Any], info: ModelInfo) -> str:
    """The alignment finder's best readings on each set of links, beside what others publish; empty without any."""
    parts = [
        _table(alignment[where]["heads"], said)
        for where, said in (("gold", "links drawn by people"), ("aligner", "links of a statistical aligner"))
        if "heads" in alignment.get(where, {})
    ]
    if not parts:
        return ""
    intro = (
        "\n\n## Which head aligns words\n\n"
        "Each layer and head was read by its highest weight, at the step at which a word was written or the one after "
        "it (Chen et al. 2020, arXiv:2004.14837), with and without the end of the sentence as a place to look. The "
        'rows "attention" above are the mean over the heads of the last layer but one (Garg et al. 2019, '
        "arXiv:1909.02074), chosen beforehand; the best one here was chosen on the very sentences it is measured on."
    )
    return intro + "".join(parts) + _crossed(alignment) + _others(alignment, info)


def _table(found: Mapping[str, Any], said: str) -> str:
    rows = [
        f"\n\n| by {said} | AER % | 95 % interval |",
        "|---|---|---|",
        row(f"**{_named(found['best'])}**", found["best"]["aer"], 100, 1),
    ]
    rows += [row(_named(one), one["aer"], 100, 1) for one in found["table"][1:SHOWN]]
    return "\n".join(rows)


def _crossed(alignment: Mapping[str, Any]) -> str:
    """How the head that the aligner's links choose does on people's links, which had no part in the choice."""
    if not all("heads" in alignment.get(where, {}) for where in ("gold", "aligner")):
        return ""
    best = alignment["aligner"]["heads"]["best"]
    same = next(one for one in alignment["gold"]["heads"]["table"] if _place(one) == _place(best))
    return (
        f"\n\nThe reading that the aligner's links choose ({_named(best)}) has an AER of "
        f"{100 * same['aer']['value']:.1f} % by people's links, which had no part in the choice."
    )


def _others(alignment: Mapping[str, Any], info: ModelInfo) -> str:
    known = PUBLISHED.get((info.source_language or "", info.target_language or ""))
    if "gold" not in alignment or known is None:
        return ""
    said = "; ".join(f"{one.name} {one.aer:.1f} %" for one in known)
    return (
        f"\n\nOn the same gold sentences, from the links that their authors publish: {said}. They learnt from the text "
        "that the gold sentences come from, this model did not."
    )


def _named(reading: Mapping[str, Any]) -> str:
    one = "mean of the heads" if reading["head"] is None else f"head {reading['head'] + 1}"
    step = ", one step later" if reading["shift"] else ""
    end = "" if reading["end"] else ", without the end of the sentence"
    return f"layer {reading['layer'] + 1}, {one}{step}{end}"


def _place(reading: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(reading[name] for name in ("layer", "head", "shift", "end"))
