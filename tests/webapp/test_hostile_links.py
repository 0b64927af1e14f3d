"""Whatever stands in a link or is sent in a widget's place: a page shows its default, and nothing begins by itself."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.inference import load
from tests.serving import ROOT
from tests.watching import ASKED, heard
from tests.webapp.conftest import Open
from webapp.gateway.current import gateway
from webapp.shell import view as shell_view
from webapp.shell.typed import LONGEST_PASSAGE
from webapp.shell.view import View

# Start here has no view of its own.
PAGES = sorted(page.stem for page in (ROOT / "webapp" / "app_pages").glob("*.py") if page.stem != "start")
STRINGS = {
    "out of range": "999999",
    "negative": "-1",
    "not a number": "nan",
    "infinite": "inf",
    "a power": "1e1",
    "hexadecimal": "0x1",
    "other digits": "٣",
    "script": "<script>window.top.__xss=1</script>",
    "label for id": "Heat map",
    "Chinese label for id": "热图",
    "path": "../../etc/passwd",
    "address": "http://169.254.169.254/latest",
    "of the hub": "hf:evil/model",
    "nul": "\x00",
    "huge": "9" * 5_000,
}


def view_of(page: str) -> View:
    """Only once a page has run: what draws its figures can be imported within Streamlit alone."""
    folder = ROOT / "webapp" / "views" / page
    (module,) = [file.stem for file in folder.glob("*.py") if "\ndef view() -> View:" in file.read_text("utf-8")]
    found: View = importlib.import_module(f"webapp.views.{page}.{module}").view()
    return found


def read_or_refused(view: View) -> Iterator[tuple[str, bool]]:
    """Each place of a link that holds no free text, with a string and whether it is read there as what it may be."""
    for field in view.fields.values():
        for value in ("", " ", "%00", "a.b", "1.1", "x" * 200_000, *STRINGS.values()):
            try:
                read = field.read(value)
            except ValueError:
                continue
            assert type(read) is type(field.default) and field.holds(read) and len(str(read)) <= LONGEST_PASSAGE
            written = field.write(read)
            assert written is None or field.read(written) == read
            yield field.param, isinstance(read, str) and read == value


@pytest.mark.parametrize("page", PAGES)
def test_every_hostile_string_in_every_place_of_a_link_shows_the_default_and_says_so(visit: Open, page: str) -> None:
    app = visit(page)
    view = view_of(page)
    free = {param for param, as_it_was in read_or_refused(view) if as_it_was}
    places = {field.param for field in view.fields.values()} - free
    # Texts are whatever was typed; languages are the model's own, so they are looked at once it is loaded.
    assert {"m", "x", "k"} & places and free <= {"t", "y", "b", "i", "sl", "tl", "tt", "dt", "r", "w"}
    for name, value in {**STRINGS, "repeated": ["", "888888"]}.items():
        app.query_params.clear()
        for param in (*places, "h", "lang", "constructor"):
            app.query_params[param] = value
        app.run()
        assert not app.exception and not app.error, name
        assert [note.value for note in app.info] == [shell_view.UNKNOWN], name
        shown = {one: app.session_state[view.key(one)] for one in view.fields}
        assert shown == {one: field.default for one, field in view.fields.items()}, name
        assert all(app.query_params.get(param) != [value] for param in places), name


COMPARING = ("mechanisms", "without_attention")  # whose links name no model
LINKED = ("hf:evil/model", "other", "folder:mine", "folder:../mine", "run:none", "/etc", "http://169.254.169.254/")


@pytest.mark.parametrize("page", [p for p in PAGES if p not in COMPARING])
def test_a_model_in_a_link_is_chosen_at_most_and_never_fetched_or_loaded_by_that(
    visit: Open, page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "guests" / "mine").mkdir(parents=True)
    (tmp_path / "guests" / "mine" / "config.json").write_text(json.dumps({"model_type": "bert"}))
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(tmp_path / "guests"))
    loaded: list[str] = []
    opens = load.model, load.transformer
    monkeypatch.setattr(load, "model", lambda name, *given, **more: (loaded.append(name), opens[0](name, *given))[1])
    monkeypatch.setattr(
        load, "transformer", lambda name, *given, **more: (loaded.append(name), opens[1](name, *given))[1]
    )
    known = {info.name for info in gateway.listing.models().values()} | {
        name for task in ("classification", "conversation", "couplet") for name in gateway.listing.models(task)
    }
    app = visit(page)
    for name in LINKED:
        app.query_params["m"] = name
        app.query_params["i"] = "evil/model"
        with heard(ASKED) as asked:
            app.run()
        assert not app.exception and asked == [], name
    assert set(loaded) <= known
