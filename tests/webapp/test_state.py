"""What a link carries: every view comes back, and nothing that a link says can break a page."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.webapp.conftest import Open, figures, words
from webapp.gateway.current import gateway
from webapp.i18n import catalogue
from webapp.shell import fields, typed, view

HOSTILE = {
    "number out of range": {"b": "999"},
    "negative number": {"b": "-1"},
    "not a number": {"b": "nan"},
    "infinite": {"k": "inf"},
    "other digits": {"b": "٣"},
    "between the steps": {"k": "77"},
    "script as id": {"r": "<script>window.top.__xss=1</script>"},
    "unknown id": {"s": "hologram"},
    "label for id": {"u": "Words"},
    "path for model": {"m": "../../etc/passwd"},
    "address for model": {"m": "https://xss.invalid/model"},
    "hub name for model": {"m": "hf:evil/model"},
    "flag that is none": {"e": "yes"},
    "nul": {"m": "\x00"},
    "empty": {"b": "", "r": "", "m": ""},
    "huge number": {"n": "9" * 5000},
}


def notes(app: AppTest) -> list[str]:
    return [message.value for message in app.info]


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_link_shows_the_default_and_says_so(visit: Open, query: dict[str, str]):
    plain = figures(visit())["translate_figure_attention"]
    app = visit(**query)
    assert not app.exception
    assert notes(app) == [view.UNKNOWN]
    assert words(figures(app)["translate_figure_attention"], "source") == words(plain, "source")
    assert all(value not in str(app.query_params) for value in query.values() if len(value) > 6)


def test_what_no_page_knows_is_left_alone(visit: Open):
    app = visit(zz="999", constructor="1")
    assert not app.exception and notes(app) == []


def test_a_link_made_by_another_version_says_so(visit: Open):
    app = visit(v="4", t="Hello")
    assert notes(app) == [view.OTHER_VERSION]
    assert app.text_input(key="translate_text").value == "Hello"


def test_a_changed_view_is_in_the_address_and_comes_back_from_it(visit: Open):
    app = visit()
    app.text_input(key="translate_text").set_value("Two <s> black cats & 猫")
    app.button_group(key="translate_reading").set_value("both")
    app.button_group(key="translate_unit").set_value("pieces")
    app.toggle(key="translate_end").set_value(True)
    app.slider(key="translate_beam").set_value(3).run()
    app.slider(key="translate_hypothesis").set_value(2).run()
    link = dict(app.query_params)
    assert link["t"] == "Two <s> black cats & 猫" and link["b"] == "3" and link["v"] == "3"
    again = visit(language="zh", **link)
    assert not again.exception and notes(again) == []
    before, after = figures(app), figures(again)
    assert before.keys() == after.keys()
    for key in before:
        for side in ("source", "target"):
            assert words(before[key], side) == words(after[key], side)


def test_a_link_says_when_the_model_has_changed_since(visit: Open):
    right = gateway.listing.fingerprint
    app = visit(h="0" * 8)
    assert notes(app) == [view.MODEL_CHANGED]
    assert notes(visit(h=right(gateway.listing.default_model()))) == []


def test_a_text_over_8_kb_stays_out_of_the_address(visit: Open):
    app = visit()
    app.text_input(key="translate_text").set_value("猫" * 3000).run()
    assert "t" not in app.query_params and "m" in app.query_params
    app.text_input(key="translate_text").set_value("猫" * 30).run()
    assert app.query_params["t"] == "猫" * 30


def test_a_late_message_with_an_old_address_changes_nothing(visit: Open):
    app = visit()
    app.toggle(key="translate_end").set_value(True).run()
    old = dict(app.query_params)
    app.toggle(key="translate_end").set_value(False).run()
    for name, value in old.items():
        app.query_params[name] = value
    app.run()
    assert app.toggle(key="translate_end").value is False


def test_a_late_message_with_an_old_mark_is_nobody_who_chose_an_example(visit: Open):
    app = visit(o="1", y="Un chat")
    (old,) = [w for w in app._tree.get_widget_states().widgets if w.id.endswith("-translate_example")]
    app.text_input(key="translate_text").set_value("Good morning").run()
    late = app._tree.get_widget_states()
    del late.widgets[[w.id.endswith("_example") or "_example_" in w.id for w in late.widgets].index(True)]
    late.widgets.append(old)
    app._run(late)
    assert app.text_input(key="translate_text").value == "Good morning"
    assert app.text_input(key="translate_target").value == "Un chat"


def test_another_link_into_an_open_page_is_followed(visit: Open):
    app = visit()
    app.toggle(key="translate_end").set_value(True).run()
    app.query_params["t"] = "Good night"
    app.run()
    assert app.text_input(key="translate_text").value == "Good night"


def test_the_language_of_a_link_stays_in_the_address(visit: Open):
    app = visit(lang="zh")
    app.toggle(key="translate_end").set_value(True).run()
    assert app.query_params["lang"] == "zh"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("a\x00b", "ab"), ("\ud800", "\ufffd"), ("a\nb\tc", "a b c"), ("x" * 200_000, "x" * typed.LONGEST_TEXT)],
)
def test_typed_text_can_always_be_sent_and_is_never_endless(text: str, cleaned: str):
    assert typed.clean(text) == cleaned
    typed.clean(text).encode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (fields.choice("m", ["a", "b"]), "b"),
        (fields.several("x", ["dot", "key_only", "mlp"]), ["dot", "mlp"]),
        (fields.several("x", ["dot"]), []),
        (fields.count("k", 5, 100, 75, step=5), 60),
        (fields.flag("e", True), False),
        (fields.text("t"), "the & the = ? #"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_field_writes_it_reads_again(field: fields.Field, value: object):
    written = field.write(value)
    assert written is not None
    assert field.read(written) == value


def test_a_note_about_a_link_is_in_the_language_of_the_visitor(visit: Open):
    assert notes(visit(language="zh", v="4")) == [catalogue("zh").gettext(view.OTHER_VERSION)]
