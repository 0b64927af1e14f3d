"""Regular expressions of others: how long a search may take is told from what they are made of."""

from __future__ import annotations

import pytest

from engine.text.patterns import NotPlain, steps

GPT_2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
    r"\s+(?!\S)|\s+"
)
TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?"
    r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|"
    r"\s+(?!\S)|\s+"
)
DEEPSEEK = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|"
    r"\s*[\r\n]+|\s+(?!\S)|\s+"
)
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"
KNOWN = {
    "GPT-2": GPT_2,
    "Llama 3": LLAMA_3,
    "Tekken": TEKKEN,
    "DeepSeek": DEEPSEEK,
    "BLOOM": BLOOM,
    "spaces": " {2,}",
    "letters of Asia": "[一-龥぀-ゟ゠-ヿ]+",
    "three digits": r"\p{N}{1,3}",
    "between digits": r"(?<=\d)(?=\d)",
}


@pytest.mark.parametrize("pattern", KNOWN.values(), ids=KNOWN)
def test_the_patterns_of_known_tokenizers_take_time_with_the_length_of_a_text(pattern: str) -> None:
    assert steps(pattern).square == 0


@pytest.mark.parametrize("pattern", ["a+b", r"\s+$", ".*=", r"(?=(\d{3})+(?!\d))", "[a-z]+(?:x|yz)"])
def test_what_runs_over_a_text_and_fails_behind_it_takes_its_square(pattern: str) -> None:
    assert steps(pattern).square >= 1


# fmt: off
ENDLESS = (
    "(a+)+$", "(a*)*b", "(a|a)*b", "(?:a|ab)+c", "(a+){5}b", "(?:a?){60}b", "a?" * 30 + "b", "a*a*b", ".*.*=.*",
    "a+b+c",
    r"(?:\s|\w)+x", r"(?<x>a)\k<x>", r"(a)\1+", r"(?<x>a\g<x>?)b", r"\X*", "(?=a+b+)c", "(?:(?:a{60}){60}){60}",
    "a{1,9999}b",
    "a{2,3}+", "a{2}{3}", "(?(1)a|b)", "(?~ab)", "(", "a" * 5_000, "(" * 900 + "a" + ")" * 900,
)
# fmt: on


@pytest.mark.parametrize("pattern", ENDLESS, ids=lambda pattern: pattern[:30])
def test_what_might_take_longer_is_not_plain(pattern: str) -> None:
    with pytest.raises(NotPlain):
        steps(pattern)


@pytest.mark.parametrize(
    ("pattern", "shortest"), [("abc", 3), (" {2,}", 2), ("a?b", 1), ("a*", 0), ("ab|c", 1), ("(?=a)", 0), ("a{3}b", 4)]
)
def test_the_shortest_text_that_is_found_is_known(pattern: str, shortest: int) -> None:
    assert steps(pattern).shortest == shortest
