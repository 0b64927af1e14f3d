"""What the page Without attention shows of one sentence and of longer ones, as Python and as commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.traces import Read
from webapp.i18n import N_
from webapp.shell.as_code import AsCode, Name, call, for_each, options, own_models, piped

SUMS = N_(
    "On the command line, the colour of a word in the longer sentence is the sum of its column in the last map of each "
    "model, the row of `</s>` included."
)


@dataclass(frozen=True)
class Shown:
    """The models, those of them that attend, the sentence with the common translation, both as they were lengthened,
    and which maps are drawn."""

    models: tuple[str, ...]
    attending: tuple[str, ...]
    pair: tuple[str, str]
    longer: tuple[str, str]
    reads: tuple[Read, ...]
    end: bool = False


def as_code(shown: Shown) -> AsCode:
    """Maps of each one's own translation, how likely it holds the common one, and what it knows of the longer text."""
    return AsCode(_python(shown), _commands(shown), (SUMS, *own_models(shown.models)))


def _python(shown: Shown) -> str:
    kept = {"end": True} if shown.end else {}
    drawn = []
    if "effect" in shown.reads:
        drawn.append(f"    maps[name, 'effect'] = {call('one_way', Name('own'), 'effect', **kept)}")
    if "attention" in shown.reads:
        later = {"later": Name("model.info.later")}
        drawn.append("    if own.trace is not None:")
        drawn.append(f"        maps[name, 'attention'] = {call('one_way', Name('own'), 'attention', **kept, **later)}")
    text, target = shown.pair
    lines = [
        "from engine.inference.load import translator",
        "from engine.inference.sentence_maps import one_way",
        "",
        "maps, common, words = {}, {}, {}",
        f"for name in {list(shown.models)!r}:",
        "    model = translator(name)",
        f"    own = {call('model.translate', text, effect=True)}",
        *drawn,
        f"    common[name] = {call('model.translate', text, target=target)}.output.logprob",
        f"    longer = {call('model.translate', shown.longer[0], target=shown.longer[1], effect=True)}",
        "    effect = longer.effect.by_words().without_special_keys()",
        "    words[name] = list(zip(effect.keys.labels, effect.drops.sum(0).tolist()))",
        "    print(name, own.output.text, own.output.logprob, common[name], words[name], sep='\\n')",
        "for name, figure in maps.items():",
        "    print(name, figure.rows, figure.columns, figure.matrix.round(3), sep='\\n')",
    ]
    return "\n".join(lines)


def _commands(shown: Shown) -> str:
    kept: dict[str, object] = {"end": shown.end}
    asked: list[tuple[Sequence[str], str, dict[str, object]]] = []
    if "attention" in shown.reads and shown.attending:
        asked.append((shown.attending, shown.pair[0], {"read": "attention", **kept}))
    asked.append((shown.models, shown.pair[0], {"read": "effect", **kept}))
    for text, target in dict.fromkeys((shown.pair, shown.longer)):
        asked.append((shown.models, text, {"read": "effect", "end": True, "target": target}))
    return "\n".join(
        for_each(models, piped(text, "map", *options(how), model='"$model"')) for models, text, how in asked
    )
