"""Train, own corpora: a file is shown before anything is stored, and what somebody brought is theirs alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from engine.data.own import columns, keeping, rows, stored
from engine.errors import Refused
from engine.runs import queue
from engine.training.config import parse
from tests.webapp.conftest import Open
from webapp.gateway import runs as gateway_runs
from webapp.gateway.current import gateway
from webapp.views.train import controls

MINE, SOMEBODY = "0" * 32, "1" * 32
PAIRS = "".join(f"The cat number {k} is black.\tLe chat numéro {k} est noir.\n" for k in range(120))
TEXTS = "text,label\n" + "".join(f"film {k} was {'fine' if k % 2 else 'dull'},{k % 2}\n" for k in range(120))


@pytest.fixture(autouse=True)
def nothing_is_trained(monkeypatch: pytest.MonkeyPatch, door: None) -> Iterator[None]:
    monkeypatch.setattr(gateway_runs.worker, "start", lambda device: None)
    monkeypatch.setattr(gateway_runs, "LISTED_FOR", -1.0)
    monkeypatch.setattr(controls.owner, "owner", lambda: MINE)
    yield


def opened(visit: Open, content: str, name: str = "cats.tsv", **query: Any) -> AppTest:
    app = visit("train", **query)
    app.button(key="train_own").click().run()
    app.file_uploader[0].set_value((name, content.encode("utf-16"), "text/plain")).run()
    assert not app.exception
    return app


def brought(key: str = MINE, title: str = "Cats") -> stored.OwnCorpus:
    table = columns.read(PAIRS.encode(), "pairs")
    return keeping.add(rows.usable(table, "pairs", 0, 1), title, ("en", "fr"), key)


def said(app: AppTest) -> str:
    return "\n".join(element.value for kind in (app.text, app.caption, app.info) for element in kind)


def offered(app: AppTest) -> list[str]:
    return [each for each in app.selectbox(key="train_corpus").options if "(own)" in each]


def test_a_file_is_shown_stored_by_a_button_chosen_in_the_form_and_trained(visit: Open):
    app = opened(visit, f"{PAIRS}only one side\n\tblank\n")
    text = said(app)
    assert "read as utf-16" in text and "Rows 122, used 120, left out 2." in text and "row 121: 1 column" in text
    assert stored.listed() == []
    app.button(key="train_own use").click().run()
    (corpus,) = stored.listed()
    assert (corpus.title, corpus.languages, corpus.rows) == ("cats", ("en", "fr"), 120)
    assert app.query_params["c"] == corpus.called and offered(app) == ["English → French · cats (own)"]
    app.button(key="train_start").click().run()
    assert parse((queue.runs()[0].folder / "train.toml").read_text(), "").data.names == (corpus.called,)


def test_texts_with_labels_are_for_classifiers_and_their_language_can_be_changed(visit: Open):
    app = opened(visit, TEXTS, "films.csv", k="classification")
    box = next(box for box in app.selectbox if box.label == "Language")
    assert box.value == "en"
    box.select("fr").run()
    app.button(key="train_own use").click().run()
    (corpus,) = stored.listed()
    assert (corpus.labels, corpus.languages) == (("0", "1"), ("fr", "fr")) and not app.exception


def test_the_same_file_is_read_for_another_task_as_that_needs_it(visit: Open):
    app = opened(visit, PAIRS)
    app.session_state["train_task"] = "language"
    app.run()
    assert not app.exception and "Column of texts" in [box.label for box in app.selectbox]


@pytest.mark.parametrize("content", ["", "one\n" * 30, "a\tb\n", "\0\t\0\n" * 9, "a\tb\n" * 50])
def test_a_file_that_cannot_be_learnt_from_is_refused_in_a_sentence(visit: Open, content: str):
    app = opened(visit, content)
    assert app.info and not [button for button in app.button if button.key == "train_own use"]


def test_what_others_brought_is_neither_offered_nor_shown_by_a_link_nor_learnt_from(visit: Open):
    theirs, mine = (
        brought(SOMEBODY),
        keeping.add(rows.usable(columns.read(PAIRS[60:].encode(), "pairs"), "pairs", 0, 1), "Mine", ("en", "fr"), MINE),
    )
    app = visit("train", c=theirs.called)
    assert app.selectbox(key="train_corpus").value == "tatoeba/en-fr"
    assert offered(app) == ["English → French · Mine (own)"]
    config = 'name = "translation/own"\n[data]\ncorpora = ["%s"]\nsource = "en"\ntarget = "fr"\n[loop]\nupdates = 9\n'
    for key in (MINE, ""):
        with pytest.raises(Refused, match="Only the browser"):
            gateway.runs.add(parse(config % theirs.called, ""), "x", key, 1)
    assert gateway.runs.add(parse(config % mine.called, ""), "x", MINE, 1)


def test_a_corpus_is_deleted_unless_a_training_waits_for_it(visit: Open):
    corpus = brought()
    app = visit("train", c=corpus.called)
    app.button(key="train_start").click().run()
    (run,) = queue.runs()
    app.button(key="train_own").click().run()
    app.button(key=f"train_own delete {corpus.name}").click().run()
    assert "is needed by the training" in said(app) and len(stored.listed()) == 1
    queue.stop(run.name)
    app.button(key=f"train_own delete {corpus.name}").click().run()
    assert stored.listed() == [] and app.selectbox(key="train_corpus").value == "tatoeba/en-fr"
    assert not app.exception


def test_a_browser_without_a_key_is_told_why_nothing_is_stored(visit: Open, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(controls.owner, "owner", lambda: "")
    app = opened(visit, PAIRS)
    app.button(key="train_own use").click().run()
    assert "keeps no cookies" in said(app) and stored.listed() == []
