"""Sentences to begin with, by language: each shows something, and all are short enough to read at a glance."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "en": (
        "I don't like the black cat.",
        "She gave me a red apple yesterday.",
        "What time does the train leave?",
        "We have been waiting for two hours.",
        "He told me that he would come.",
        "Do you know where my keys are?",
    ),
    "fr": (
        "Je n'aime pas le chat noir.",
        "Elle m'a donné une pomme rouge hier.",
        "À quelle heure part le train ?",
        "Nous attendons depuis deux heures.",
        "Il m'a dit qu'il viendrait.",
        "Sais-tu où sont mes clés ?",
    ),
    "zh": (
        "我不喜欢那只黑猫。",
        "她昨天给了我一个红苹果。",
        "火车几点开？",
        "我们已经等了两个小时。",
        "他告诉我他会来。",
        "你知道我的钥匙在哪里吗？",
    ),
}


def examples(language: str | None) -> tuple[str, ...]:
    """Six sentences in a language, given by its code; English ones for a language without any."""
    return EXAMPLES.get(language or "en", EXAMPLES["en"])
