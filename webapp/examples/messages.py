"""What somebody may say to a model that replies, by language: the same in each."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, ...]] = {
    "en": (
        "What kind of food do you like?",
        "Can I help you?",
        "How much is this coat?",
        "I have a terrible headache.",
        "Where is the nearest bank?",
        "I lost my job today.",
    ),
    "zh": (
        "你喜欢吃什么菜？",
        "有什么可以帮您的吗？",
        "这件外套多少钱？",
        "我头疼得厉害。",
        "最近的银行在哪里？",
        "我今天失业了。",
    ),
}


def messages(language: str | None) -> tuple[str, ...]:
    """Those of a language; English ones where there are none of it."""
    return MESSAGES.get(language or "", MESSAGES["en"])
