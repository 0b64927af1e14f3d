"""Sentences to begin with, by language: each shows something, and all are short enough to read at a glance."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "en": (
        "I don't like the black cat.",
        "She gave me a red apple.",
        "Where did you buy this book?",
        "Do you know where my keys are?",
        "My sister wants to become a doctor.",
        "He bought a new car last week.",
    ),
    "fr": (
        "Je n'aime pas le vin rouge.",
        "Elle m'a donné une pomme rouge.",
        "Où as-tu acheté ce livre ?",
        "Sais-tu où sont mes clés ?",
        "Ma sœur veut devenir médecin.",
        "Il a acheté une nouvelle voiture la semaine dernière.",
    ),
    "zh": (
        "我不喜欢那只黑色的狗。",
        "她给了我一个红苹果。",
        "你在哪里买的这本书？",
        "你知道我的钥匙在哪里吗？",
        "我妹妹想当医生。",
        "他上周买了一辆新车。",
    ),
}


def examples(language: str | None) -> tuple[str, ...]:
    """Six sentences in a language, given by its code; English ones for a language without any."""
    return EXAMPLES.get(language or "en", EXAMPLES["en"])
