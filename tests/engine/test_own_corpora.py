"""Corpora that people bring: every row is used or left out for a reason, and what is stored is read as it came."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.documents import reviews
from engine.data.own import columns, keeping, stored
from engine.data.own.kinds import Kind
from engine.data.own.parts import parts
from engine.data.own.rows import Usable, usable
from engine.data.pairs import corpora
from engine.data.splits import normalise
from engine.data.tsv import MAX_CHARACTERS
from engine.errors import Refused
from engine.training import recipes
from engine.training.config import parse
from tests.workbooks import workbook

PAIRS = [(f"The cat number {k} is black.", f"Le chat numéro {k} est noir.") for k in range(200)]
TEXTS = [(f"Film {k} was {'fine' if k % 2 else 'dull'}.\nReally.", "good" if k % 2 else "bad") for k in range(200)]
TROUBLES = ["NA", "null", "None", "nan", "", " ", '"', "=1+1", "\u2028", "a\u2028b", "x\u0085y", "v\vw", "\x1c", "é"]
ENCODINGS = [
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"),
    *("gb18030", "big5", "cp1252", "iso8859-15"),
]
CAN_WRITE = {"zh": ENCODINGS[:9], "zh-Hant": [*ENCODINGS[:8], "big5"], "fr": [*ENCODINGS[:8], "cp1252", "iso8859-15"]}
SENTENCES = {
    "zh": [(f"The cat number {k} sleeps.", f"第{k}只猫在房子里睡觉，我们都很高兴。") for k in range(60)],
    "zh-Hant": [(f"The cat number {k} sleeps.", f"第{k}隻貓在房子裡睡覺，我們都很高興。") for k in range(60)],
    "fr": [(f"The cat number {k} sleeps.", f"Le {k}e chat dort à la maison, où il a été élevé.") for k in range(60)],
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALIGNSCOPE_RUNS", str(tmp_path))
    return tmp_path / ".corpora"


def tabbed(rows: list[tuple[str, str]]) -> bytes:
    return "\n".join("\t".join(row) for row in rows).encode()


def from_file(content: bytes, kind: Kind = "pairs", **how: object) -> Usable:
    table = columns.read(content, kind, **how)  # type: ignore[arg-type]
    return usable(table, kind, *columns.guess(table, kind))


def brought(rows: list[tuple[str, str]] = PAIRS, key: str = "me", title: str = "My cats") -> stored.OwnCorpus:
    return keeping.add(from_file(tabbed(rows)), title, ("en", "fr"), key)


def adds_up(rows: Usable) -> bool:
    return rows.rows_in == len(rows.rows) + sum(rows.left_out.values())


@pytest.mark.parametrize("language", SENTENCES)
def test_pairs_are_read_from_every_encoding_that_can_write_them(language: str):
    for encoding in CAN_WRITE[language]:
        rows = from_file("\n".join("\t".join(row) for row in SENTENCES[language]).encode(encoding))
        assert list(rows.rows) == SENTENCES[language], encoding
        assert rows.languages == ("en", language[:2])


@given(
    st.lists(st.lists(st.sampled_from([*TROUBLES, "word", "mot", "x" * (MAX_CHARACTERS + 1)]), max_size=4), min_size=1),
    st.sampled_from(["\t", ",", ";"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["pairs", "texts"]),
)
@settings(max_examples=60)
def test_every_row_is_used_or_left_out_for_one_reason(cells: list[list[str]], mark: str, end: str, kind: Kind):
    try:
        rows = from_file(end.join(mark.join(row) for row in cells).encode(), kind)
    except Refused:
        return
    assert adds_up(rows) and len(rows.notes) == min(sum(rows.left_out.values()), 100)
    numbers = [int(str(note.facts["row"])) for note in rows.notes]
    assert numbers == sorted(numbers) and not set(numbers) & set(rows.numbers)
    assert stored_as(rows) == list(rows.rows)


def stored_as(rows: Usable) -> list[tuple[str, str]]:
    """What a file of these rows gives when it is read, whatever they are and however few."""
    content = stored.written(rows.kind, ("en", "fr"), rows.rows)
    stored.folder().mkdir(parents=True, exist_ok=True)
    (stored.folder() / "x-00000000.tsv").write_bytes(content)
    sha = stored.sha256(content).hexdigest()
    about = stored.OwnCorpus("x-00000000", rows.kind, "", ("en", "fr"), (), 0, 0, 0, 0, len(content), sha, "", ())
    return stored.rows(about)


def test_each_reason_is_counted_and_told_by_the_number_of_its_line():
    long = "x" * (MAX_CHARACTERS + 1)
    rows = from_file(f"en\tfr\na\tb\na\tb\n\tb\na b c\n{long}\ty\nc\0\td\nx\ty\n".encode())
    assert rows.rows == (("a", "b"), ("x", "y")) and rows.numbers == (2, 8)
    assert rows.left_out == {"columns": 1, "nul": 1, "empty": 1, "long": 1, "doubled": 1}
    assert [str(note.facts["row"]) for note in rows.notes] == ["3", "4", "5", "6", "7"]
    assert adds_up(rows)


def test_words_that_programs_take_for_nothing_stay_words():
    words = ["NA", "null", "None", "nan", "N/A", "NaN", "#N/A"]
    assert from_file(tabbed([(word, word.lower()) for word in words])).rows == tuple((w, w.lower()) for w in words)


def test_a_pair_stays_one_row_whatever_signs_are_in_it():
    rows = [("one\u2028line", "une\x0bligne"), ("a\\nb \\", "c:\\temp\\new"), ('"open', "fermé"), ("a\x85b", "c\x1cd")]
    assert stored_as(from_file(tabbed(rows))) == [rows[0], rows[1], rows[2], ("a…b", "cd")]


def test_texts_keep_their_lines_and_rare_labels_are_left_out():
    table = json.dumps([{"text": text, "label": label} for text, label in [*TEXTS, ("A film.", "odd")]])
    rows = from_file(table.encode(), "texts")
    assert rows.labels == ("bad", "good") and rows.left_out == {"rare": 1} and adds_up(rows)
    corpus = keeping.add(rows, "Films", ("en", "en"), "me")
    read = reviews.read(corpus.called)
    assert read.labels == ("bad", "good") and (len(read.train), len(read.dev), len(read.test)) == (
        corpus.train,
        corpus.dev,
        corpus.test,
    )
    assert read.train[0].text.endswith(".\nReally.")
    meant = {text: label for text, label in TEXTS}
    assert all(read.labels[each.label] == meant[each.text] for each in (*read.train, *read.dev, *read.test))


def test_what_is_stored_is_parted_as_was_shown_and_no_sentence_is_in_two_parts():
    rows = [(f"I see {k % 60} cats", f"Je vois {k} chats") for k in range(400)]
    shown = parts(from_file(tabbed(rows)))
    split = corpora.read(brought(rows).called).split
    assert (len(split.train), len(split.dev), len(split.test), len(split.dropped)) == (
        shown.train,
        shown.dev,
        shown.test,
        shown.shared,
    )
    learnt = {normalise(side) for pair in split.train for side in pair}
    assert learnt.isdisjoint(normalise(side) for pair in (*split.dev, *split.test) for side in pair)


def test_the_same_rows_are_one_corpus_whoever_brings_them_and_it_stays_until_the_last_has_left(folder: Path):
    mine, theirs = brought(), brought(title="Others", key="them")
    assert mine.name == theirs.name and len(list(folder.glob("*.tsv"))) == 1
    assert brought(PAIRS[1:]).name != mine.name
    keeping.delete(mine.called, "me")
    assert corpora.read(mine.called).rows_in == len(PAIRS)
    with pytest.raises(Refused, match="Only who brought"):
        keeping.delete(mine.called, "me")
    keeping.delete(mine.called, "them")
    with pytest.raises(Refused, match="There is no corpus"):
        corpora.read(mine.called)
    assert not list(folder.glob(f"{mine.name}*"))


def test_the_same_rows_in_other_languages_are_another_corpus():
    rows = from_file(tabbed(PAIRS))
    assert len({keeping.add(rows, "A", languages, "").name for languages in (("en", "fr"), ("en", "de"))}) == 2


@pytest.mark.parametrize(
    "name", ["own:", "own:../x-00000000", "own:/etc/passwd", "own:x", "own:X-0000000g", "own:a\0-00000000"]
)
def test_what_is_no_name_of_a_corpus_is_refused_before_a_file_is_looked_at(name: str):
    for read in (corpora.read, reviews.read, stored.find):
        with pytest.raises(Refused, match="no name of an own corpus"):
            read(name)


def test_a_damaged_corpus_is_refused_in_a_sentence(folder: Path):
    name = brought().called
    rows, about = (folder / f"{name.removeprefix('own:')}.{suffix}" for suffix in ("tsv", "json"))
    rows.write_bytes(rows.read_bytes()[:-5])
    with pytest.raises(Refused, match="is damaged"):
        corpora.read(name)
    for content in (b"", b"[]", b"{", b'{"kind": "pairs"}', b"[" * 10_000, about.read_bytes().replace(b"pairs", b"x")):
        about.write_bytes(content)
        with pytest.raises(Refused, match="is damaged"):
            corpora.read(name)
    assert stored.listed() == []
    assert corpora.read(brought().called).rows_in == len(PAIRS)


def test_what_was_begun_and_never_became_a_corpus_is_swept(folder: Path):
    brought()
    (folder / "half-00000000.tsv").write_bytes(b"x")
    (folder / ".half.tmp").write_bytes(b"x")
    brought(PAIRS[1:])
    assert not list(folder.glob("*half*")) and len(stored.listed()) == 2


def test_a_visitor_and_the_server_have_limits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeping, "MOST", 2)
    for start in (0, 1):
        brought(PAIRS[start:])
    with pytest.raises(Refused, match="as one visitor may"):
        brought(PAIRS[2:])
    brought()  # what is there already needs no room
    brought(PAIRS[2:], key="them")
    monkeypatch.setattr(keeping, "MOST_IN_ALL", 3)
    with pytest.raises(Refused, match="This server holds"):
        brought(PAIRS[3:], key="them")
    monkeypatch.setattr(keeping, "MOST_BYTES", 10_000)
    with pytest.raises(Refused, match="as one visitor may"):
        brought(PAIRS[3:], key="somebody")


def test_two_corpora_never_share_a_name():
    corpus = brought()
    about = stored.folder() / f"{corpus.name}.json"
    about.write_bytes(replace(corpus, sha256="0" * 64).described())
    with pytest.raises(Refused, match="has the name"):
        brought()


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as file:
            for _ in range(400):
                file.write(bytes(2**20))
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"en\tfr\n", b"\0\t\0\n" * 30, b"\xff\xfe\xff", b"PK\x03\x04junk", bomb(), b"one\n" * 50],
    ids=["empty", "blank", "only a header", "NUL", "no text", "broken zip", "bomb", "one column"],
)
def test_files_that_hold_no_pairs_are_refused_in_a_sentence(content: bytes):
    with pytest.raises(Refused) as refusal:
        rows = from_file(content)
        keeping.add(rows, "x", ("en", "fr"), "")
    assert str(refusal.value)


def test_one_row_is_too_few():
    with pytest.raises(Refused, match="1 row of this file can be used, which is too few"):
        brought([("one", "un")])


def test_a_field_longer_than_csv_allows_is_left_out_and_no_row_after_it(folder: Path):
    rows = from_file(tabbed([*PAIRS[:9], ("x" * 131_073, "y"), *PAIRS[9:]]))
    assert list(rows.rows) == PAIRS and rows.left_out == {"long": 1} and "row 10" in str(rows.notes[0])


def test_rows_may_end_at_lone_returns():
    assert list(from_file(b"a\tb\rc\td\re\tf").rows) == [("a", "b"), ("c", "d"), ("e", "f")]


def test_a_workbook_is_a_corpus_too():
    rows = from_file(workbook({"Pairs": [["Source", "Target"], *map(list, PAIRS)]}))
    assert list(rows.rows) == PAIRS


def test_a_config_learns_from_an_own_corpus_in_its_languages_alone():
    name = brought().called
    config = (
        f'name = "translation/own"\n[data]\ncorpora = ["{name}"]\nsource = "en"\ntarget = "%s"\n[loop]\nupdates = 9\n'
    )
    assert parse(config % "fr", "").data.names == (name,)
    with pytest.raises(Refused, match="goes from en to fr"):
        parse(config % "de", "")
    keeping.delete(name, None)
    with pytest.raises(Refused, match="There is no corpus"):
        parse(config % "fr", "")


def test_each_task_is_offered_the_corpora_that_fit_it():
    pairs, texts = from_file(tabbed(PAIRS)), from_file(tabbed(TEXTS_IN_A_LINE), "texts")
    added = {
        "translation": keeping.add(pairs, "t", ("en", "fr"), ""),
        "couplet": keeping.add(pairs, "c", ("zh", "zh"), ""),
        "conversation": keeping.add(pairs, "d", ("en", "en"), ""),
        "classification": keeping.add(texts, "l", ("en", "en"), ""),
        "language": keeping.add(
            replace(texts, rows=tuple(("", text) for _, text in texts.rows)), "w", ("en", "en"), ""
        ),
    }
    fitting = {task: {each.name for each in recipes.own_corpora(task, stored.listed())} for task in added}
    names = {task: corpus.name for task, corpus in added.items()}
    assert fitting == {
        "translation": {names["translation"]},
        "couplet": {names["couplet"]},
        "conversation": {names["conversation"], names["couplet"]},
        "classification": {names["classification"]},
        "language": {names["language"], names["classification"]},
    }
    assert recipes.languages(added["translation"].called) == ("en", "fr")


TEXTS_IN_A_LINE = [(text.replace("\n", " "), label) for text, label in TEXTS]
