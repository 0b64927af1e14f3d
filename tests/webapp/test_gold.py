"""The alignment finder on links that a visitor brings, as the Self-attention page runs it over a tiny translator."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.data.pairs import gold_file
from engine.data.pairs.gold_file import parse
from engine.errors import Refused
from engine.evaluation.heads import measure
from tests.webapp.conftest import Open
from tests.webapp.test_attention import look, transformers  # noqa: F401  # fixtures
from webapp.gateway.current import gateway
from webapp.i18n import LANGUAGES
from webapp.views.self_attention import gold as gold_page
from webapp.views.self_attention import gold_search
from webapp.views.self_attention.gold_search import AT_ONCE, Search

LINES = ["a black cat\tun chat noir\t0-0 1-2 2-1?", "he sleeps\til dort\t0-0 1-1"] * 6
SIZES = (2, 2, 2)  # shifts, layers, heads


def heads(pairs: Sequence[tuple[Any, Any]]) -> list[np.ndarray]:
    """The second head of the second layer looks along the diagonal, all others at the first word."""
    found = []
    for source, target in pairs:
        own = np.zeros((*SIZES, len(target), len(source) + 1), np.float32)
        own[..., 0] = 1
        own[0, 1, 1] = np.eye(len(target), len(source) + 1)
        found.append(own)
    return found


def test_a_search_in_parts_finds_what_one_in_one_piece_finds():
    file = parse("\n".join(LINES).encode(), "x.tsv")
    search = Search(file, running=True)
    steps = 0
    while search.running:
        search.step(heads)
        steps += 1
    assert steps == -(-len(LINES) // AT_ONCE) and search.measured == len(LINES)
    whole = measure(heads([(one.source, one.target) for one in file.pairs]), file.pairs)
    assert [(one.reading, one.aer) for one in search.ranked()] == [(one.reading, one.aer) for one in whole]
    assert (search.ranked()[0].reading.layer, search.ranked()[0].reading.head) == (1, 1)


def test_a_search_that_was_stopped_computes_nothing_and_goes_on_where_it_was():
    search = Search(parse("\n".join(LINES).encode(), "x.tsv"), running=True)
    search.step(heads)
    search.running = False
    search.step(heads)
    assert search.done == AT_ONCE
    search.running = True
    search.step(heads)
    assert search.done == len(LINES) and not search.running


def test_a_pair_that_the_model_cannot_read_is_left_out_with_its_line():
    def some(pairs: Sequence[tuple[Any, Any]]) -> list[np.ndarray]:
        if any("sleeps" in source for source, _ in pairs):
            raise Refused("no")
        return heads(pairs)

    search = Search(parse("\n".join(LINES[:4]).encode(), "x.tsv"), running=True)
    search.step(some)
    assert [note.line for note in search.refused] == [2, 4]
    assert (search.done, search.measured) == (4, 2)


def test_the_file_holds_every_reading_best_first_with_model_and_weights():
    file = parse("\n".join(LINES).encode(), "x.tsv")
    found = measure(heads([(one.source, one.target) for one in file.pairs]), file.pairs)
    rows = list(
        csv.DictReader(io.StringIO(gold_search.table(found, 12, "translation/x", "ab" * 4).decode("utf-8-sig")))
    )
    assert len(rows) == len(found) == 2 * 3 * 2 * 2
    assert [float(row["aer"]) for row in rows] == sorted(float(row["aer"]) for row in rows)
    assert (rows[0]["layer"], rows[0]["head"], rows[0]["model"], rows[0]["weights"]) == (
        "2",
        "2",
        "translation/x",
        "abababab",
    )


def opened(look: Open, content: str, **query: str) -> AppTest:  # noqa: F811
    """The drawer open, with a file in it."""
    app = look(m="translation/en-fr-transformer", k="cross", **query)
    app.session_state["attention_finder"] = True
    app.session_state[gold_page.OPENED] = gold_page.Opened("mine.tsv", parse(content.encode(), "mine.tsv"))
    return app.run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_are_measured_part_by_part_and_the_best_head_opens(
    look: Open,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    language: str,
):
    monkeypatch.setattr(gateway.sentences, "heads_many", lambda name, pairs, let_in: heads(pairs))
    app = opened(look, "\n".join([*LINES, "ragged"]), language=language)
    assert not app.exception
    app.button(key="attention_gold_start").click().run()
    while [one for one in app.button if one.key == "attention_gold_cancel"]:
        app.run()
    assert not app.exception and not app.error
    (table,) = [one.value for one in app.dataframe if len(one.value) == 2 * 3 * 2 * 2]
    assert list(table.iloc[0, :2]) == [2, "2"]
    app.button(key="attention_take_best").click().run()
    assert (app.session_state["attention_layer"], app.session_state["attention_head"]) == (2, 2)


def test_a_stopped_search_shows_what_it_has(look: Open, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
    monkeypatch.setattr(gateway.sentences, "heads_many", lambda name, pairs, let_in: heads(pairs))
    monkeypatch.setattr(gold_search, "AT_ONCE", 1)
    app = opened(look, "\n".join(LINES))
    app.button(key="attention_gold_start").click().run()
    app.button(key="attention_gold_cancel").click().run()
    assert not app.exception
    (said,) = [one.value for one in app.info if one.value.startswith("Stopped")]
    assert 0 < int(said.split()[2]) < len(LINES)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a b\tc d\t1-1 2-2", "count words from 1"),
        ("a b c\td e f\t1-1 2-2", "has a 0"),
        ("no\ncolumns", "No line of this file"),
    ],
)
def test_what_is_odd_about_a_file_is_said(look: Open, content: str, said: str):  # noqa: F811
    app = opened(look, content)
    assert not app.exception
    assert [one.value for one in (*app.warning, *app.info) if said in one.value]


def test_a_file_of_another_kind_is_refused_in_a_sentence():
    with pytest.raises(Refused):
        parse(b"\x00" * (gold_file.MAX_BYTES + 1), "x")
