"""What people write in a column of labels → the labels of a model."""

from __future__ import annotations

from collections.abc import Collection, Sequence

NEGATIVE = ("negative", "neg", "bad", "-", "负", "負", "消极", "负面", "負面", "差", "差评", "差評", "不好")
POSITIVE = ("positive", "pos", "good", "+", "正", "积极", "正面", "好", "好评", "好評")
# Numbers are read only as a set: a 1 is the better of 0 and 1, the worse of 1 and 2, and the worst of five stars.
SCALES: tuple[tuple[set[float], set[float], set[float]], ...] = (  # negative, neither, positive
    ({0.0}, set(), {1.0}),
    ({-1.0}, {0.0}, {1.0}),
    ({1.0}, set(), {2.0}),
    ({0.0}, {2.0}, {4.0}),
    ({1.0, 2.0}, {3.0}, {4.0, 5.0}),
    ({1.0, 2.0, 3.0, 4.0}, {5.0, 6.0}, {7.0, 8.0, 9.0, 10.0}),
)


def matched(values: Collection[str], labels: Sequence[str]) -> dict[str, int]:
    """For each value the place of the label it means in `labels`; values that mean none of them are left out.

    A value means a label that is written the same but for capitals and surrounding space. For the two labels
    "negative" and "positive" there are also the usual words, in English and Chinese, and numbers: 0 and 1, −1 and 1,
    1 and 2, 0 and 4, or stars out of five or ten, of which the middle ones mean neither.
    """
    places = {label.casefold(): place for place, label in enumerate(labels)}
    if set(places) != {"negative", "positive"}:
        return {value: places[name] for value in values if (name := value.strip().casefold()) in places}
    words = {word: places["negative"] for word in NEGATIVE} | {word: places["positive"] for word in POSITIVE}
    numbers = {value: number for value in values if (number := _number(value)) is not None}
    meaning = _scale(set(numbers.values()))
    matches = {}
    for value in values:
        if (word := value.strip().casefold()) in words:
            matches[value] = words[word]
        elif value in numbers and numbers[value] in meaning:
            matches[value] = places[meaning[numbers[value]]]
    return matches


def _number(value: str) -> float | None:
    text = value.strip()
    if len(text) > 6 or not text.isascii():
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _scale(numbers: set[float]) -> dict[float, str]:
    """The first scale that all numbers are on."""
    for low, between, high in SCALES:
        if numbers <= low | between | high:
            return dict.fromkeys(low, "negative") | dict.fromkeys(high, "positive")
    return {}
