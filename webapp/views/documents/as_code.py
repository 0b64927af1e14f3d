"""A document and its shades, as Python and as a command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.attention.imposed_levels import imposed_levels
from webapp.i18n import N_
from webapp.shell.as_code import AsCode, Name, call, one_line, options, own_models, piped

if TYPE_CHECKING:
    from engine.inference.document_reading import Shade

OTHERS = N_("For the other models side by side, put their names in the place of this one.")


@dataclass(frozen=True)
class Shown:
    """The text with the sentences that are off, from 0, the shade of its words, and `by` which of several ways weights
    are read. `before` is the text as it came where it was changed; `judged` where its trust was asked for, then
    `relative` to even attention or not; `beside` where other models are shown too. `imposed` are changes of its weights
    as they stand in links, and `changed` the shade of the words under them."""

    model: str
    text: str
    shade: Shade
    without: frozenset[int] = frozenset()
    by: str | None = None
    before: str | None = None
    judged: bool = False
    relative: bool = False
    beside: bool = False
    imposed: tuple[str, ...] = ()
    changed: Shade = "relative"


def as_code(shown: Shown) -> AsCode:
    """Probabilities, shades of words and bars of sentences."""
    missing = [OTHERS] if shown.beside else []
    return AsCode(_python(shown), "\n".join(_commands(shown)), (*missing, *own_models([shown.model])))


def _python(shown: Shown) -> str:
    how: dict[str, object] = {"without": set(shown.without)} if shown.without else {}
    how |= {"effect": True} if shown.shade == "effect" else {}
    how |= {} if shown.by is None else {"by": shown.by}
    judging = ["from engine.evaluation.faithfulness import faithfulness"] if shown.judged else []
    weights = {"weights": Name("reading.relative")} if shown.relative else {}
    changes = [f"changed = {call('model.imposed', Name('reading'), imposed_levels(shown.imposed))}"]
    made = imposed_levels(shown.imposed)
    kinds = {type(each).__name__ for level in (made.words, made.sentences) for each in level.changes}
    lines = [
        *([f"from engine.attention.imposed import {', '.join(sorted({'Imposed', *kinds}))}"] if shown.imposed else []),
        *(["from engine.attention.imposed_levels import ImposedLevels"] if shown.imposed else []),
        *judging,
        "from engine.inference.load import classifier",
        "",
        f"model = {call('classifier', shown.model)}",
        f"reading = {call('model.read', shown.text, **how)}",
        f"words, sentences = {call('reading.shades', shown.shade)}",
        *([] if shown.before is None else [f"before = {call('model.read', shown.before)}"]),
        *([f"judged = {call('faithfulness', Name('model'), Name('reading'), **weights)}"] if shown.judged else []),
        *(changes if shown.imposed else []),
        "",
        "print(dict(zip(reading.labels, reading.probabilities)))",
        "for number, bar in enumerate(sentences):",
        "    print(number + 1, bar, reading.document.words(number), words[reading.owner == number].round(4))",
    ]
    if shown.imposed:
        lines += [
            "print(dict(zip(changed.labels, changed.probabilities)))",
            f"changed_words, changed_sentences = {call('changed.shades', shown.changed)}",
            "for number, bar in enumerate(changed_sentences):",
            "    own = changed_words[changed.owner == number].round(4)",
            "    print(number + 1, bar, changed.document.words(number), own)",
        ]
    return "\n".join(lines)


def _commands(shown: Shown) -> list[str]:
    off = ",".join(str(number + 1) for number in sorted(shown.without)) or None
    text = one_line(shown.text)
    shades = options({"shade": shown.by or shown.shade, "without": off})
    commands = [piped(text, "trace", shown.model, *shades, *(f"--reweigh={each}" for each in shown.imposed))]
    if shown.before is not None:
        commands.append(piped(one_line(shown.before), "trace", shown.model))
    if shown.judged:
        judged = shown.by or ("relative" if shown.relative else None)
        commands.append(piped(text, "trust", shown.model, *options({"shade": judged, "without": off})))
    return commands
