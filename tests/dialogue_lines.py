"""A few dialogues as somebody wrote them down, in two languages."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

DIALOGUES = (
    (
        ("May I sit here ?", "我可以坐这吗？"),
        ("By all means .", "当然可以。"),
        ("Thank you .", "谢谢。"),
        ("You ’ re welcome .", "不客气。"),
    ),
    (
        ("What kind of food do you like ?", "你喜欢什么菜？"),
        ("I like Chinese food .", "我喜欢中国菜。"),
        ("But you ’ re American ?", "但你是美国人？"),
    ),
    (("Did anyone call ?", "有人打电话来吗？"), ("Just Mr . White .", "只有怀特先生。")),
    (("Thank you .", "谢谢。"), ("You're welcome !", "不客气！")),
    (("Where is the station ?", "车站在哪里？"), ("It ’ s over there .", "在那边。")),
)

_FIGURE = {"value": 0.5, "low": 0.4, "high": 0.6}
_EACH = dict.fromkeys(("people", "likeliest", "length", "mmi"), _FIGURE)
_BARE = {whose: {"value": 0.5} for whose in _EACH}
METRICS = {
    "format": 1,
    "reading": 1,
    "task": "conversation",
    "model": "conversation/en",
    "test": {"corpus": "xdailydialog/en", "pairs": 40, "messages": 20},
    "mmi": {
        "reverse": "conversation/en-reverse",
        "lambda": 0.6,
        "gamma": 1.4,
        "gamma_alone": 1.5,
        "chosen_by": "BLEU of the best reply on development pairs",
        "development": {
            "messages": 10,
            "bleu": 1.5,
            "highest": 1.6,
            "likeliest": 0.5,
            "length_alone": 1.0,
            "length": 0.9,
        },
    },
    "bleu": {"signature": "nrefs:1", "likeliest": _FIGURE, "length": _FIGURE, "mmi": _FIGURE},
    **dict.fromkeys(("distinct_1", "distinct_2"), _BARE),
    **dict.fromkeys(("ten_commonest", "words"), _EACH),
    "offered": {"messages": 20, "beam": 10, "different": 30, "commonest": [{"text": "Yes.", "count": 7}]},
    "perplexity": {"per_piece": _FIGURE, "bits_per_character": _FIGURE, "pieces": 90, "characters": 300},
}
"""What was measured of a model, in numbers that nobody measured."""


def rows(numbers: range) -> str:
    """The file of a split with the dialogues of these numbers."""
    lines = [
        f"{number}\t{turn}\t{english}\t{chinese}\t\t"
        for number in numbers
        for turn, (english, chinese) in enumerate(DIALOGUES[number])
    ]
    return "\n".join(["dialogue\tturn\ten\tzh\tit\tde", *lines]) + "\n"


def write(folder: Path) -> Path:
    """A file of own pairs, each some times over with another name, so that there are enough for every split."""
    pairs = [(said, answer) for dialogue in DIALOGUES for (said, _), (answer, _) in pairwise(dialogue)]
    names = [f"name{k}" for k in range(20)]
    path = folder / "dialogues.tsv"
    path.write_text(
        "".join(f"{said} {name}\t{answer} {name}\n" for name in names for said, answer in pairs), encoding="utf-8"
    )
    return path
