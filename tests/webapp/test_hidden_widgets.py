"""A widget that is not drawn loses its value in Streamlit; what a visitor set must outlive that on every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest, local_script_runner

from tests.webapp.conftest import Open
from webapp.shell.fields import Field
from webapp.shell.view import View

# Where each page says what can be set on it.
PAGES = {
    "translate": "translate.controls",
    "documents": "documents.controls",
    "many_texts": "many_texts.file",
    "self_attention": "self_attention.controls",
    "mechanisms": "mechanisms.controls",
    "chat": "chat.controls",
    "couplets": "couplets.controls",
    "step_by_step": "step_by_step.controls",
    "without_attention": "without_attention.controls",
    "models": "models.controls",
    "replay": "replay.controls",
}
WIDGETS = (
    "button_group",
    "checkbox",
    "multiselect",
    "number_input",
    "pills",
    "segmented_control",
    "selectbox",
    "slider",
    "text_area",
    "text_input",
    "toggle",
)
# Where a value of its own would change what the other fields may be, or need a file or a model that tests lack.
LEFT = {"translate": {"model", "own"}, "self_attention": {"model", "other", "picture", "edits"}}


def another(field: Field) -> Any:
    """A value that the field can hold and does not have by default; the default where there is none."""
    ids = ("lines", "table", "pieces", "both", "effect", "attention", "own", "dot.additive")
    for written in [*map(str, range(200)), *ids]:
        try:
            value = field.read(written)
        except (ValueError, KeyError):
            continue
        if value != field.default and field.holds(value):
            return value
    return field.default


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[set[str]], None]]:
    """hide({"translate_beam"}): from now on no widget with one of these keys is drawn."""
    hidden: set[str] = set()

    def unless(draw: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return None if named.get("key") in hidden else draw(*given, **named)

    for name in WIDGETS:
        if hasattr(st, name):
            monkeypatch.setattr(st, name, partial(unless, getattr(st, name)))

    def now(keys: set[str]) -> None:
        hidden.clear()
        hidden.update(keys)

    yield now


def view_of(page: str) -> View:
    """Imported late, since our browser component can be declared only once Streamlit runs."""
    view: View = import_module(f"webapp.views.{PAGES[page]}").view()
    return view


def kept(app: AppTest, view: View) -> dict[str, Any]:
    return {name: app.session_state[f"view of {view.page}"]["values"][name] for name in view.fields}


def link(view: View, names: set[str]) -> dict[str, str]:
    """An address that gives each of these fields a value of its own."""
    written = {view.fields[name].param: view.fields[name].write(another(view.fields[name])) for name in names}
    return {param: value for param, value in written.items() if value is not None}


def settable(page: str, view: View) -> set[str]:
    return {n for n, f in view.fields.items() if another(f) != f.default} - LEFT.get(page, set())


@pytest.mark.parametrize("page", PAGES)
def test_every_field_outlives_runs_in_which_its_widget_is_not_drawn(
    visit: Open, hide: Callable[[set[str]], None], page: str
):
    visit(page)
    view = view_of(page)
    names = settable(page, view)
    assert names or page == "many_texts"
    _survives(visit, hide, page, view, names)


@pytest.mark.long
@pytest.mark.parametrize("page", PAGES)
def test_each_field_alone_outlives_them_too(visit: Open, hide: Callable[[set[str]], None], page: str):
    visit(page)
    view = view_of(page)
    for name in view.fields:
        _survives(visit, hide, page, view, settable(page, view), hidden={name})


def _survives(
    visit: Open,
    hide: Callable[[set[str]], None],
    page: str,
    view: View,
    names: set[str],
    hidden: set[str] | None = None,
) -> None:
    hide(set())
    app = visit(page, **link(view, names))
    before = kept(app, view)
    keys = {f"{view.page}_{name}" for name in (view.fields if hidden is None else hidden)}
    hide(keys)
    for _ in range(3):
        assert not app.run().exception
    assert not any(widget.key in keys for widget in app.main if hasattr(widget, "key"))
    assert kept(app, view) == before
    _go(app, "translate" if page == "mechanisms" else "mechanisms")
    hide(set())
    _go(app, page)
    assert kept(app, view) == before


def _go(app: AppTest, page: str) -> None:
    """As a click in the menu does, which leaves the parameters of the address behind."""
    app.query_params.clear()
    assert not app.switch_page(f"app_pages/{page}.py").run().exception


def _script() -> None:
    import streamlit as st

    from webapp.shell.fields import count, flag
    from webapp.shell.view import View

    view = View("small", {"beam": count("b", 1, 10, 5), "own": flag("o")}, lambda values: "0" * 8)
    view.arrive()

    @st.fragment
    def inside() -> None:
        if not view["own"]:
            st.slider("beam", 1, 10, key=view.key("beam"))
        st.toggle("own", key=view.key("own"))
        st.text(f"beam {view['beam']}")

    inside()
    view.leave()


def test_a_fragment_that_draws_a_widget_again_begins_with_its_old_value(monkeypatch: pytest.MonkeyPatch):
    app = AppTest.from_function(_script).run()
    app.slider(key="small_beam").set_value(7)
    (fragment,) = app._fragment_storage._fragments  # type: ignore[attr-defined]
    monkeypatch.setattr(local_script_runner, "RerunData", partial(local_script_runner.RerunData, fragment_id=fragment))
    for own in (True, True, False):
        app.toggle(key="small_own").set_value(own).run()
        assert not app.exception
        assert app.text[0].value == "beam 7"
    assert app.slider(key="small_beam").value == 7
