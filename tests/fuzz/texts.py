"""Texts as chance makes them, and all that pages do with a text, over tiny models."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from engine.errors import Refused
from engine.inference import load
from engine.inference.classifier import Classifier
from engine.inference.transformer import Request, Transformer
from engine.inference.translator import Translator
from engine.text.bytepieces import plain
from engine.text.given import MAX_CHARACTERS
from engine.text.tokenizer import words
from tests import tiny, tiny_attention
from tests.hostile import ODD, PAYLOADS
from webapp.examples.reviews import REVIEWS
from webapp.examples.sentences import EXAMPLES
from webapp.figures import canvas, document, heads
from webapp.figures.drawing.svg import svg
from webapp.figures.files import export
from webapp.shell.typed import clean, passage
from webapp.views.shared import output_tokens, pair_reading

SENTENCES = [*EXAMPLES["en"], *EXAMPLES["fr"], *REVIEWS["en"].values(), *REVIEWS["zh"].values()]
SEEDS = [*PAYLOADS, *ODD, *SENTENCES]
# One of each kind that something treats in a way of its own.
ODDITIES = (
    "\0\t\n\v\f\r\x1b\x7f\x80\x85\x96\x9f\xa0\xad\u0301\u0316\u061c\u0e33\u1160\u180e\u200b\u200d\u200f\u2028\u202e"
    "\u2066\u2581\u3000\u3164\u4e2d\ud800\udfff\ufdfa\ufe0f\ufeff\ufffc\ufffd\uffff\U0001f1e6\U0001f3fd\U0001f469"
    "\U00020000\U000e0001\U0010ffff&<>\"'$*_:`|\\#[]{}()=@+-.!?…。，▁Ġßİıſﬁ½Ⅷ"
)
LONGEST = 100_000
PAIRED = 20
"""One text in so many goes through the models that write token by token, which take longest."""

Step = Callable[[str], None]


def texts(count: int, seed: int = 0) -> Iterator[str]:
    """All seeds as they are, then what chance makes of them."""
    dice = random.Random(seed)
    yield from SEEDS[:count]
    for number in range(len(SEEDS), count):
        text = _MAKERS[number % len(_MAKERS)](dice)
        yield text if number % 50 == 0 else text[: dice.choice((40, 40, 40, 400))]


def _character(dice: random.Random) -> str:
    return dice.choice(ODDITIES) if dice.random() < 0.5 else chr(dice.choice((0x250, 0x3000, 0x11_0000)) - 1)


def _any(dice: random.Random) -> str:
    """Characters of all planes, surrogates and unassigned ones too."""
    most = dice.choice((0x80, 0x250, 0x3000, 0x1_0000, 0x11_0000))
    return "".join(chr(dice.randrange(most)) for _ in range(dice.randrange(1, 120)))


def _odd(dice: random.Random) -> str:
    return "".join(dice.choice(ODDITIES) for _ in range(dice.randrange(1, 60)))


def _spliced(dice: random.Random) -> str:
    """A piece of one text in the middle of another, and strange characters strewn in."""
    one, other = dice.choice(SEEDS)[:2_000], dice.choice(SEEDS)[:2_000]
    at, start = dice.randrange(len(one) + 1), dice.randrange(len(other) + 1)
    made = list(one[:at] + other[start : start + dice.randrange(200)] + one[at:])
    for _ in range(dice.randrange(6)):
        made.insert(dice.randrange(len(made) + 1), _character(dice))
    return "".join(made)


def _repeated(dice: random.Random) -> str:
    """A few characters over and over, and an end: what quadratic time is found with."""
    unit = dice.choice((_odd(dice)[:4], dice.choice(SEEDS)[:12] or " ", dice.choice(ODDITIES)))
    return unit * (LONGEST // len(unit)) + _odd(dice)[:3]


_MAKERS = (_any, _odd, _spliced, _spliced, _repeated)


class Pages:
    """What pages do with a text, step by step; each step ends, or raises Refused."""

    def __init__(self, folder: Path) -> None:
        tiny.make(folder)
        tiny_attention.make(folder / "attention")
        places = {name: str(folder / name) for name in ("translation/en-fr-additive", "translation/en-fr-transformer")}
        self._translators = [load.translator(place, "cpu", folders=True) for place in places.values()]
        names = ("imdb-han", "imdb-bilstm", "reviews-zh-han", "reviews-zh-bilstm")
        self._classifiers = [
            load.classifier(str(folder / "classification" / name), "cpu", folders=True) for name in names
        ]
        self._transformers = {
            name: load.transformer(str(folder / "attention" / name), "cpu", folders=True)
            for name in tiny_attention.MADE
        }

    def steps(self, number: int) -> Sequence[tuple[str, Step]]:
        """The steps that text `number` goes through: the models take turns."""
        kind = self._classifiers[number % len(self._classifiers)]
        looker = ("classification/imdb-transformer", "language/reviews-gpt")[number % 2]
        steps: list[tuple[str, Step]] = [
            ("cut", _cut),
            ("translate", lambda text: _translate(self._translators[0], text)),
            ("give a translation", lambda text: _translate(self._translators[0], "A man.", text)),
            (f"classify with {kind.kind}", lambda text: _classify(kind, text)),
            (f"look with {looker}", lambda text: _look(self._transformers[looker], text)),
        ]
        if number % PAIRED == 0:
            pair = self._transformers["translation/en-fr-transformer"]
            steps += [
                ("translate with heads", lambda text: _translate(self._translators[1], text)),
                ("look with a translator", lambda text: _look(pair, text)),
            ]
        return steps


def _cut(text: str) -> None:
    shown = clean(text)
    shown.encode(), passage(text).encode()
    if len(shown) <= MAX_CHARACTERS:
        words(shown)
    plain(shown)


def _translate(translator: Translator, text: str, target: str | None = None) -> None:
    given = None if target is None else clean(target)
    found = translator.translate(clean(text), target=given, effect=True)
    for kind, by_words in (("attention", True), ("effect", False)):
        one = pair_reading.read(found, kind, by_words=by_words, end=True)
        scene = pair_reading.matrix(one)
        export.csv(scene)
        export.words(svg(scene))
    svg(output_tokens.surprise(found, by_words=True, end=True))


def _classify(classifier: Classifier, text: str) -> None:
    found = classifier.read(passage(text), effect=True)
    for shade in ("combined", "effect"):
        scene = document.heaviest(document.document(found, shade), 2_500)
        export.words(svg(scene))
        export.csv(scene)


def _look(model: Transformer, text: str) -> None:
    looked = model.look(Request(clean(text)))
    for overview in looked.overviews:
        canvas.heads(heads.grid(overview, unit="share"))


def read(step: Step, text: str) -> bool:
    """Whether the step was taken; False where it was refused, in a sentence that can be sent."""
    try:
        step(text)
    except Refused as reason:
        assert str(reason).encode()
        return False
    return True
