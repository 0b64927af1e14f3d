"""Sentences of our own to measure with, about as long as people type them into a translator; nobody's data."""

from __future__ import annotations

TEN_WORDS = "My sister bought three red apples at the market today."

WHO = (
    "My sister",
    "The old man",
    "Our teacher",
    "A friend of mine",
    "The woman next door",
    "Tom's brother",
    "Nobody but Mary",
    "His youngest daughter",
    "The new doctor",
    "One of the children",
    "My grandmother",
    "The train driver",
    "That tall student",
    "Her English cousin",
    "The man with the dog",
    "Everybody in the office",
)
DID = (
    "found a letter",
    "lost the keys",
    "read a long book",
    "drank two cups of tea",
    "told us the truth",
    "was waiting for a taxi",
    "wanted to buy some bread",
    "forgot an umbrella",
    "saw a white horse",
    "asked a difficult question",
    "played the piano",
    "didn't say a word",
    "slept for an hour",
    "had never been so happy",
    "broke a window",
    "sang an old song",
)
WHEN = (
    "yesterday evening",
    "in the kitchen this morning",
    "at the station",
    "before the rain began",
    "on the way to school",
    "last Sunday",
    "because it was so cold",
    "after dinner",
    "in the garden behind the house",
    "when I came home",
    "during the whole journey",
    "two weeks ago",
    "in front of the library",
    "although it was late",
    "by the river",
    "for the first time",
)
SENTENCES = len(WHO) * len(DID) * len(WHEN)


def sentence(number: int) -> str:
    """Sentence `number` of 4,096, all different: five to fourteen words. Neighbours share hardly a word."""
    place = number * 1237 % SENTENCES  # no common factor, so that every sentence comes once
    who, rest = place % len(WHO), place // len(WHO)
    return f"{WHO[who]} {DID[rest % len(DID)]} {WHEN[rest // len(DID)]}."
