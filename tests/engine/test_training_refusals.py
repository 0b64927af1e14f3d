"""What a configuration gets wrong is told as TOML has it: which word, what came, what was wanted; nothing of Python."""

from __future__ import annotations

import re

import pytest

from engine.errors import Refused
from engine.training.config import parse
from engine.training.prepare import model_section
from webapp import i18n

WHOLE = """name = "translation/own"
[data]
corpora = ["tatoeba/en-fr"]
source = "en"
target = "fr"
[model]
score = "dot"
[loop]
updates = 100
"""


def section(name: str, line: str) -> str:
    """The whole config with one more line in a section."""
    return WHOLE.replace(f"[{name}]\n", f"[{name}]\n{line}\n")


SENTENCES = [
    ("x", "x.toml is no TOML: it ends in the middle of something, x; a line is to read such as batch = 64."),
    ("", "This config lacks what has no default: data.corpora, data.source, data.target"),
    ('name = "a', 'x.toml is no TOML: it ends in the middle of something, name = "a; '),
    ("name = 'x' 'y'", "x.toml is no TOML: its line 1 cannot be read from character 12 on, name = 'x' 'y'; "),
    ("\n\na b = 3\n", "its line 3 cannot be read from character 3 on, a b = 3;"),
    ("[a]\n[a]\n", "x.toml is no TOML: its line 2 sets once more what is set above it, [a]."),
    ("a.b = 1\na = 2\n", "its line 2 sets once more what is set above it, a = 2."),
    (WHOLE + "updates = 3\n", "its line 10 sets once more what is set above it, updates = 3."),
    ("a = " + "7" * 5000, "x.toml has a number of more than 4300 digits, which nothing here needs."),
    ("a = " + "[" * 9000, "x.toml has lists or tables inside one another deeper than can be read."),
    (section("loop", 'batch = "8"'), 'loop.batch must be a whole number, got "8"'),
    (section("loop", "batch = true"), "loop.batch must be a whole number, got true"),
    (section("loop", "batch = {a = 'b'}"), 'loop.batch must be a whole number, got {a = "b"}'),
    (section("loop", "rate = 07:32:00"), "loop.rate must be a number, got 07:32:00"),
    (section("loop", "seed = 1979-05-27T07:32:00Z"), "loop.seed must be a whole number, got 1979-05-27T07:32:00Z"),
    (section("loop", 'restarts = "a"'), 'loop.restarts must be a list of whole numbers such as [200, 600], got "a"'),
    (
        section("loop", 'restarts = [2, "a"]'),
        "loop.restarts must be a list of whole numbers such as [200, 600], got [2",
    ),
    (
        section("loop", "restarts = [1.5]"),
        "loop.restarts must be a list of whole numbers such as [200, 600], got [1.5]",
    ),
    (section("loop", "restart_rates = [true]"), "loop.restart_rates must be a list of numbers such as [0.002, 0.001]"),
    (
        WHOLE.replace('["tatoeba/en-fr"]', '"a/b"'),
        'data.corpora must be a list of texts such as ["tatoeba/en-fr"], got',
    ),
    (
        WHOLE.replace('["tatoeba/en-fr"]', "[3]"),
        'data.corpora must be a list of texts such as ["tatoeba/en-fr"], got [3]',
    ),
    (WHOLE.replace('"en"', '["en"]'), 'data.source must be a text in quotes, got ["en"]'),
    ("model = 3\n" + WHOLE.replace('[model]\nscore = "dot"\n', ""), "model must be a section, got 3"),
    ("loop = 'x'\n" + WHOLE.partition("[loop]")[0], 'loop must be a section, got "x"'),
    ("[[data]]", "data must be a section, got [{}]"),
    (section("model", "null_key = 3"), "model.null_key must be true or false, got 3"),
    (section("model", "encoder = 1.5"), "model.encoder must be a whole number from 1 to 16384, got 1.5"),
    (section("model", 'window = "wide"'), 'model.window must be one of global, local_m, local_p, got "wide"'),
    (WHOLE.replace('"dot"', '"best"'), "model.score must be one of dot, scaled_dot, "),
    (section("model", 'selection = "x"'), "model.selection must be one of soft, "),
    (section("model", "dropout = nan"), "model.dropout must be a number from 0 to below 1, got nan"),
    (section("model", f'window = "{"w" * 5000}"'), "w…"),
]


@pytest.mark.parametrize(("toml", "sentence"), SENTENCES, ids=lambda value: value[-30:].replace("\n", " "))
def test_a_sentence_names_the_word_what_came_and_what_was_wanted(toml: str, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        model_section.check(parse(toml, "x.toml"))
    shown = str(refusal.value)
    assert sentence in shown and len(shown) < 400
    assert not re.search(r"\b(int|str|dict|tuple|bool|True|False|None|recursion|sys\.)\b", shown.partition("got")[0])
    assert refusal.value.template in i18n.translations("zh")
