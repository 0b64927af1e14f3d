"""Batch: every row is accounted for, work stops when told and goes on where it was, and all of it goes back."""

from __future__ import annotations

import csv
import io
import threading
import time
from collections.abc import Sequence

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.errors import Refused
from engine.text.document import document
from tests.hostile import ODD, PAYLOADS
from tests.webapp.conftest import Open
from tests.workbooks import workbook
from webapp.figures.files.export import FORMULA
from webapp.gateway import chunks
from webapp.gateway.chunks import Chunk, Pace, classified
from webapp.gateway.current import gateway
from webapp.gateway.turns import Queue
from webapp.shell import uploads
from webapp.views.many_texts import job as job_of_texts
from webapp.views.many_texts.job import Job, Opened

HAN = "classification/imdb-han"
LABELS = ("negative", "positive")
TABLE = b"text,label\ngood film,1\nbad film,0\nragged\n,1\nso so,3\n"


class Fake:
    """As much of a classifier as is needed here: the longer a text the more positive; `pause` seconds for each."""

    labels = LABELS

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause

    def document(self, text: str):
        return document(text, "en")

    def probabilities(self, documents: Sequence[object]) -> np.ndarray:
        time.sleep(self.pause * len(documents))
        high = np.array([min(len(one.text), 99) / 100 for one in documents])  # type: ignore[attr-defined]
        return np.stack([1 - high, high], 1)


def page(visit: Open, **query: str) -> AppTest:
    app = visit("many_texts", **query)
    assert not app.exception
    return app


def upload(app: AppTest, content: bytes, name: str = "mine.csv") -> AppTest:
    app.file_uploader[0].set_value((name, content, "text/csv")).run()
    assert not app.exception
    return app


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


def shown(app: AppTest):
    return next(table.value for table in app.dataframe if "text" in table.value)


# Pieces of work


def test_chunks_keep_to_their_time_whatever_the_speed():
    pace, texts = Pace(), ["x" * 100] * 100_000
    first = 0
    for speed in [2e6] * 12 + [5e3] * 12:  # characters a second
        chosen = texts[first : pace.end(texts, first)]
        first += len(chosen)
        pace.saw(chosen, sum(map(len, chosen)) / speed)
        if speed == 2e6:
            assert len(chosen) * 100 / speed <= chunks.SECONDS * 2
    assert pace.characters == pytest.approx(5e3 * chunks.SECONDS, rel=0.1)


def test_one_text_that_is_too_long_for_a_chunk_is_one_chunk():
    assert Pace().end(["x" * 100_000, "y"], 0) == 1


def test_a_text_that_cannot_be_read_stops_no_other():
    chunk = classified(Fake(), ["fine", "\u200b", "also fine"])  # type: ignore[arg-type]
    assert list(chunk.refused) == [1]
    assert np.isnan(chunk.probabilities).all(1).tolist() == [False, True, False]


@pytest.mark.usefixtures("door")
def test_many_at_once_give_what_each_gives_alone():
    texts = ["A good film.", "Bad. Very bad.", "So so, and long.", "Good"] * 20
    found = np.concatenate([chunk.probabilities for chunk in gateway.documents.classify_many(HAN, texts)])
    alone = [gateway.documents.read(HAN, text).probabilities for text in texts[:4]]
    np.testing.assert_allclose(found[:4], alone, atol=1e-5)
    assert len(found) == len(texts)


@pytest.mark.usefixtures("door")
def test_others_are_served_between_two_chunks(monkeypatch: pytest.MonkeyPatch):
    slow = Fake(pause=0.05)
    monkeypatch.setattr(gateway.door, "model", lambda info: slow)
    waits = []

    def ask() -> None:
        for _ in range(3):
            began = time.monotonic()
            with gateway.door.queue.turn():
                waits.append(time.monotonic() - began)
            time.sleep(0.05)

    other = threading.Thread(target=ask)
    work = gateway.documents.classify_many(HAN, ["x" * 500] * 60)
    next(work)
    other.start()
    for _ in work:
        pass
    other.join()
    assert len(waits) == 3 and max(waits) < 1.5  # a chunk or two, not the three seconds that all of it takes


@pytest.mark.usefixtures("door")
def test_a_full_queue_sends_nobody_away_in_the_middle(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gateway.door, "queue", Queue(0))
    work = gateway.documents.classify_many(HAN, ["a good film " * 400] * 3)
    next(work)
    monkeypatch.setattr(gateway.door.queue, "_inside", 5)
    assert sum(len(chunk.probabilities) for chunk in work) == 2
    with pytest.raises(Refused, match="try again"):
        next(gateway.documents.classify_many(HAN, ["another"]))


# What is done, and what it came to


def done(opened: Opened, probabilities: list[list[float]] | None = None) -> job_of_texts.Results:
    texts = opened.chosen()
    job = Job(len(texts.texts), running=True)
    found = classified(Fake(), texts.texts)  # type: ignore[arg-type]
    if probabilities is not None:
        found = Chunk(LABELS, np.array(probabilities), {}, 0.1)
    for _ in job.work(lambda first: [found]):
        pass
    assert not job.running
    return job_of_texts.results(job, texts)


def test_a_job_that_is_stopped_goes_on_where_it_was():
    texts = [f"text {k}" for k in range(10)]
    parts = [classified(Fake(), texts[k : k + 2]) for k in range(0, 10, 2)]  # type: ignore[arg-type]
    job = Job(10, running=True)
    for _ in job.work(lambda first: parts[first // 2 :]):
        if job.done == 4:
            job.stop()
    assert (job.done, job.running) == (4, False)
    job.running = True
    for _ in job.work(lambda first: parts[first // 2 :]):
        pass
    assert (job.done, job.running, len(job.chunks)) == (10, False, 5)


def test_what_a_former_worker_brings_is_let_go():
    parts = [classified(Fake(), [f"text {k}"]) for k in range(6)]  # type: ignore[arg-type]
    job = Job(6, running=True)
    former = job.work(lambda first: parts[first:])
    next(former)
    later = job.work(lambda first: parts[first:])
    next(later)
    assert list(former) == []
    assert len(list(later)) == 4
    assert job.chunks == parts and not job.running
    assert list(job.work(lambda first: parts)) == []


def test_labels_are_compared_and_unknown_ones_left_out():
    opened = job_of_texts.opened("f.csv", b"text,label\na,pos\nb,neg\nc,pos\nd,maybe\n")
    found = done(opened, [[0.1, 0.9], [0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])
    assert found.confusion.tolist() == [[0, 1], [1, 1]]
    assert found.unknown() == {"maybe": 1}
    np.testing.assert_allclose(found.error, [0.1, 0.8, 0.6, np.nan])
    assert found.order("wrong").tolist() == [1, 2, 0, 3]
    assert found.order("unsure").tolist() == [3, 2, 1, 0]


def test_the_file_that_goes_back_has_all_columns_and_the_answers():
    content = 'id,text,label,prediction\n7,"Good, 很好",1,x\n8,Bad,0,y\n'.encode()
    opened = job_of_texts.opened("f.csv", content)
    sent = job_of_texts.written(opened, done(opened, [[0.25, 0.75], [0.9, 0.1]]))
    assert sent.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(sent.decode("utf-8-sig")))) == [
        ["id", "text", "label", "prediction", "prediction_", "p(negative)_", "p(positive)_"],
        ["7", "Good, 很好", "1", "x", "positive", "0.250000", "0.750000"],
        ["8", "Bad", "0", "y", "negative", "0.900000", "0.100000"],
    ]


def test_no_cell_that_goes_back_is_a_formula():
    evil = ["=1+1", "+1", "-1", "@x", '=HYPERLINK("http://xss.invalid";"x")', "＝1", *PAYLOADS]
    out = io.StringIO()
    csv.writer(out).writerows([["text", "=label"], *([text, "-1"] for text in evil)])
    opened = job_of_texts.opened("f.csv", out.getvalue().encode())
    found = done(opened)
    guarded = list(csv.reader(io.StringIO(job_of_texts.written(opened, found).decode("utf-8-sig"))))
    assert len(guarded) == len(found) + 1 > len(evil) - 3
    assert [cell for row in guarded for cell in row if cell.startswith(FORMULA)] == []
    plain = list(csv.reader(io.StringIO(job_of_texts.written(opened, found, guard=False).decode("utf-8-sig"))))
    assert [row[0] for row in plain[1:7]] == evil[:6]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_examples_are_whole(language: str):
    opened = job_of_texts.example(language)
    texts = opened.chosen()
    assert texts.rows_bad == 0 and len(texts.texts) >= 20
    found = done(opened)
    assert found.unknown() == {} and set(found.truth.tolist()) == {0, 1}


def test_all_tables_together_are_capped_and_forgotten_when_nobody_holds_them():
    ledger = uploads.Ledger(1000)
    first = job_of_texts.opened("a.csv", b"a\nb\n").table
    ledger.enter(first, 800)
    second = job_of_texts.opened("b.csv", b"a\nb\n").table
    with pytest.raises(Refused, match="try again"):
        ledger.enter(second, 300)
    del first
    ledger.enter(second, 300)


# The page


def test_the_page_opens_with_an_example_already_classified(visit: Open):
    app = page(visit)
    assert "rows 40, with text 40, skipped 0" in captions(app)
    assert [metric.label for metric in app.metric] == ["Accuracy", "Macro F1"]
    table = shown(app)
    assert len(table) == 40 and set(table["prediction"]) <= set(LABELS)
    assert table["confidence"].between(0.5, 1).all()


def test_an_uploaded_table_is_counted_then_classified(visit: Open):
    app = upload(page(visit), TABLE)
    assert "`mine.csv`, read as utf-8: rows 5, with text 3, skipped 2." in captions(app)
    assert any("row 4: 1 column instead of 2, skipped\nrow 5: no text, skipped" in text.value for text in app.text)
    assert not app.metric
    app.button(key="many_start").click().run()
    assert not app.exception
    assert list(shown(app)["text"]) == ["good film", "bad film", "so so"]
    assert "0 → negative" not in captions(app)  # with a 3 they are stars: 0 is none
    app.selectbox(key=next(box.key for box in app.selectbox if "label_" in (box.key or ""))).set_value(-1).run()
    assert not app.metric and "label" not in shown(app)


def test_numbers_are_said_to_be_read_as_labels(visit: Open):
    app = upload(page(visit), b"text,label\ngood,1\nbad,0\n")
    app.button(key="many_start").click().run()
    assert "`0`" in captions(app) or "0 → negative" in captions(app)
    assert len(app.metric) == 2


def test_cancelled_work_is_kept_and_goes_on(visit: Open, monkeypatch: pytest.MonkeyPatch):
    app = upload(page(visit), b"text\n" + b"a good film\n" * 30)
    opened: Opened = app.session_state["many opened"]
    job = next(iter(opened.jobs.values()))
    chunk = classified(Fake(), opened.chosen().texts[:10])  # type: ignore[arg-type]
    job.chunks.append(chunk)
    job.done = 10
    app.run()
    assert any("Stopped after 10 of 30" in info.value for info in app.info)
    assert len(shown(app)) == 10
    app.button(key="many_start").click().run()
    assert not app.exception
    assert len(shown(app)) == 30
    np.testing.assert_allclose(shown(app)["confidence"][:10], chunk.probabilities.max(1))


def test_results_survive_whatever_else_is_done(visit: Open):
    app = upload(page(visit), TABLE)
    app.button(key="many_start").click().run()
    before = shown(app)
    app.switch_page("app_pages/translate.py").run()
    app.switch_page("app_pages/many_texts.py").run()
    assert shown(app).equals(before)
    app.selectbox(key="many_model").set_value("classification/imdb-bilstm").run()
    assert app.button(key="many_start").label == "Classify 3 texts"
    app.selectbox(key="many_model").set_value(HAN).run()
    assert shown(app).equals(before)
    app.session_state["language"] = "zh"
    app.run()
    assert list(shown(app)["text"]) == list(before["text"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"PK\x03\x04\0\0", "not text"),
        (b"text,label\n", "no row under it"),
        (b"1,2\n3,4\n", "No column"),
    ],
)
def test_after_a_file_that_cannot_be_used_no_other_table_stands_under_its_name(
    visit: Open, content: bytes, reason: str
):
    app = upload(upload(page(visit), TABLE), content, name="other.csv")
    for _ in range(2):
        assert any(reason in info.value and "`other.csv` was not read" in info.value for info in app.info)
        assert not app.dataframe and not any("mine.csv" in caption.value for caption in app.caption)
        app.run()
    assert upload(app, TABLE).button(key="many_start").label == "Classify 3 texts"


def test_columns_of_the_same_name_are_told_apart_and_the_first_press_counts(visit: Open):
    app = upload(page(visit), b"text,text,label\ngood film,a,1\nbad film,b,0\n")
    boxes = [box for box in app.selectbox if "text_" in (box.key or "") or "label_" in (box.key or "")]
    assert [box.options for box in boxes] == [
        ["text (1)", "text (2)", "label"],
        ["none", "text (1)", "text (2)", "label"],
    ]
    app.button(key="many_start").click().run()
    assert list(shown(app)["text"]) == ["good film", "bad film"]


def test_another_sheet_of_a_workbook_can_be_chosen_and_a_refused_choice_changes_nothing(visit: Open):
    sheets = {"Reviews": [["text", "label"], ["good film", 1]], "More": [["text"], ["bad"], ["fine"]], "None": [["x"]]}
    app = upload(page(visit), workbook(sheets), name="mine.xlsx")
    assert "`mine.xlsx`, sheet Reviews: rows 1, with text 1, skipped 0." in captions(app)

    def read_as(sheet: str) -> AppTest:
        app.session_state["many_reading"] = True
        app.run()
        return next(box for box in app.selectbox if "sheet_" in (box.key or "")).set_value(sheet).run()

    read_as("More")
    assert "sheet More: rows 2" in captions(app)
    read_as("None")
    assert any("no row under it" in info.value or "No column" in info.value for info in app.info)
    assert "sheet More: rows 2" in captions(app)
    assert next(box for box in app.selectbox if "sheet_" in (box.key or "")).value == "More"


def test_json_lines_are_a_table_like_others(visit: Open):
    app = upload(page(visit), b'{"text": "good film", "label": 1}\n{"text": "bad film", "label": 0}\n', "mine.jsonl")
    app.button(key="many_start").click().run()
    assert list(shown(app)["text"]) == ["good film", "bad film"] and len(app.metric) == 2


def test_an_encoding_that_is_a_guess_is_said_to_be_one(visit: Open):
    app = upload(page(visit), "text\nAz idő, a víz\n".encode("cp1250"))
    assert any("encoding of this file is uncertain" in info.value for info in app.info)
    assert not any("uncertain" in info.value for info in upload(app, TABLE).info)


def test_a_column_without_texts_gets_a_sentence_and_can_be_changed_back(visit: Open):
    app = upload(page(visit), b"text,label\nfine,\nbad,\n")
    box = next(box for box in app.selectbox if "text_" in (box.key or ""))
    box.set_value(1).run()
    assert any("choose another" in info.value for info in app.info)
    next(box for box in app.selectbox if "text_" in (box.key or "")).set_value(0).run()
    assert app.button(key="many_start")


def test_what_is_uploaded_is_let_go_once_it_is_read(visit: Open):
    app = upload(page(visit), TABLE)
    assert app.file_uploader[0].proto.type
    assert app.session_state["many opened"].content == TABLE


def test_another_model_is_chosen_for_the_other_example(visit: Open):
    app = page(visit)
    app.pills(key="many_example").set_value("zh").run()
    assert not app.exception
    assert app.selectbox(key="many_model").value == "classification/reviews-zh-han"
    assert len(shown(app)) == 20
    app.selectbox(key="many_model").set_value(HAN).run()
    assert any("does not look like" in info.value for info in app.info)


def test_odd_and_hostile_texts_are_rows_like_others(visit: Open):
    out = io.StringIO()
    csv.writer(out).writerows([["text"], *([text] for text in [*PAYLOADS, *ODD])])
    app = upload(page(visit), out.getvalue().encode("utf-8", "surrogatepass"), name="<img src=x>.csv")
    app.button(key="many_start").click().run()
    assert not app.exception
    texts = list(shown(app)["text"])
    assert texts[0] == PAYLOADS[0] and len(texts) > 60
    opened: Opened = app.session_state["many opened"]
    found = opened.chosen()
    assert found.rows_ok + found.rows_bad == found.rows_in
