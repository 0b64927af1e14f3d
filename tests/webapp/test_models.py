"""The Models page: the list, the card of one model, and text out of models' files that means harm."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from engine.runs import request
from tests.webapp.conftest import Open
from webapp.gateway.current import gateway
from webapp.views.models import described, figures, listed, pages, prose
from webapp.views.shared.stored_figures import stored

TRANSLATOR = "translation/en-fr-additive"
METRICS: dict[str, Any] = {
    "bleu": {"greedy": {"value": 41.2}, "beam5": {"value": 43.72, "low": 41.6, "high": 45.7}},
    "perplexity": {"per_piece": {"value": 3.654, "low": 3.5, "high": 3.9}},
    "alignment": {
        "gold": {"effect": {"aer": {"value": 0.501, "low": 0.48, "high": 0.525}}, "diagonal": {"aer": {"value": 0.532}}}
    },
}
HOSTILE = """# x

## [click](javascript:alert(1)) <script>window.__xss=1</script>

![](http://evil.example/a.png) see http://evil.example/x and www.evil.example, me@evil.example :red[red]

- **bold <img src=x onerror=alert(1)>** `code` $\\href{javascript:alert(1)}{x}$

| a | b |
|---|---|
| <b>x</b> | [y](http://evil.example) |
| one | two | three |

    python -m engine
"""


def text(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in [*app.markdown, *app.caption, *app.header, *app.subheader])


def rows(app: AppTest) -> list[str]:
    """The names in the list of models."""
    return [str(name) for name in app.dataframe[0].value["name"]]


@pytest.fixture
def own(door: None, tiny_models: Path, tmp_path: Path) -> Path:
    """The folder of a model that was trained here."""
    return Path(shutil.copytree(tiny_models / TRANSLATOR, tmp_path / "runs" / "mine"))


def test_the_list_is_narrowed_by_kind_by_languages_and_by_words(visit: Open):
    everything = rows(visit("models"))
    assert len(everything) == len(gateway.listing.all())
    assert set(rows(visit("models", k="couplet"))) == {"couplet/global", "couplet/local-m", "couplet/no-attention"}
    assert set(rows(visit("models", p="fr-en"))) == {n for n in everything if n.startswith("translation/fr-en")}
    found = rows(visit("models", t="SPARSEMAX french"))
    assert found and all("sparsemax" in name for name in found)


def test_where_no_model_fits_the_page_says_so_and_shows_all_again(visit: Open):
    app = visit("models", k="couplet", t="nothing of the kind")
    assert not app.exception and "No model fits this filter." in text(app) and not app.dataframe
    app.button(key="models_show_all").click().run()
    assert len(rows(app)) == len(gateway.listing.all())
    assert app.session_state["models_words"] == "" and app.session_state["models_task"] == "any"


def test_a_card_shows_figures_with_their_interval_beside_the_rival(visit: Open, own: Path):
    (own / "metrics.json").write_text(json.dumps(METRICS))
    app = visit("models", m="run:mine")
    assert not app.exception
    assert app.metric[0].value == "43.7"
    (table,) = [m.value for m in app.markdown if "interval" in m.value and m.value.startswith("|")]
    assert re.search(r"by effect \| 50\\\.1 \| 48\\\.0.*52\\\.5 \| 53\\\.2 \\\(the diagonal", table)
    assert "fast\\_align" in text(app)


@pytest.mark.parametrize(
    ("name", "scripts"),
    {
        TRANSLATOR: ["translate", "step_by_step"],
        "translation/en-fr-transformer": ["translate", "step_by_step", "self_attention"],
        "classification/imdb-han": ["documents", "many_texts", "step_by_step"],
        "classification/imdb-bilstm": ["documents", "many_texts"],
        "couplet/global": ["couplets"],
        "conversation/en": ["chat"],
        "conversation/en-reverse": [],
    }.items(),
)
def test_a_model_opens_on_each_page_that_can_use_it(visit: Open, name: str, scripts: list[str]):
    app = visit("models", m=name)
    assert not app.exception
    uses = pages.uses(listed.known()[name])
    assert [use.script for use in uses] == scripts
    links = [link.proto for link in app.get("page_link")]
    assert len(links) == len(scripts)
    for use in uses:
        there = visit(use.script, **use.query(name))
        assert not there.exception and not [n for n in there.info if "not here" in n.value]
        assert there.query_params[use.model] in (name, [name]), use.script


def test_the_text_of_a_card_is_letters_and_nothing_else(visit: Open, own: Path):
    (own / "CARD.md").write_text(HOSTILE)
    app = visit("models", m="run:mine")
    app.session_state["models_card"] = True
    app.run()
    assert not app.exception
    shown = text(app)
    assert "click" in shown and "evil" in shown
    # No link, picture or tag: brackets and angles are escaped, and an address stands in code.
    assert not re.search(r"(?<!\\)\[click|(?<!\\)<(script|img|b)|(?<!\\)!\[", shown)
    assert not re.search(r"(?<!`)(http|www|me@)", shown.replace("\\", ""), re.IGNORECASE)
    assert "$\\href" not in shown and not re.search(r"(?<!\\):red", shown)


@example("``<")
@given(st.text(alphabet="|`*$#-_ \n<>[]()!:abh/.w@\\", max_size=300))
def test_whatever_a_card_says_no_markup_of_its_own_is_left(card: str):
    for block in prose.blocks(f"# title\n\n{card}"):
        assert block.lines
        if block.kind in ("text", "table", "item"):
            written = prose.markdown(block)
            # A backtick that is escaped begins no code; a backslash that is escaped escapes nothing.
            code = r"(?<!\\)((?:\\\\)*)(`+)(?!`).*?(?<!`)\2(?!`)"
            outside = re.sub(code, r"\1", written, flags=re.DOTALL)
            assert not re.search(r"(?<!\\)(\\\\)*[<>\[\]!]", outside), written


def test_a_formula_of_our_own_is_drawn_and_no_other():
    ours = sorted(prose.FORMULAS)[0]
    assert prose.inline(f"$({ours})$") == prose.unlinked(f"$({ours})$")
    assert prose.inline(f"${ours}$") == f"${ours}$"


ODD: list[Any] = [None, True, "x", "43", [], {}, float("nan"), float("inf"), -float("inf"), 10**400, {"value": {}}]


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("task", figures.KINDS)
def test_what_is_no_figure_in_somebodys_metrics_is_left_out(task: str, value: Any):
    for kind in figures.KINDS[task]:
        nested: Any = {"value": value}
        for name in reversed(kind.path):
            nested = {name: nested}
        assert figures.figures(task, nested) == []
        assert figures.figures(task, {kind.path[0]: value}) == []


def test_a_card_stands_whatever_its_files_hold(visit: Open, own: Path):
    odd = ('{"a":' * 50, "[]", '{"parameters": "x", "bleu": [1], "device": {"a": 1}, "seed": true}')
    for content in odd:
        for file in ("metrics.json", "training.json"):
            (own / file).write_text(content)
        gateway.forget()
        app = visit("models", m="run:mine")
        assert not app.exception and "Nothing has been measured" in text(app), content


def test_models_that_others_made_are_listed_and_open_on_self_attention(
    visit: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    guests = tmp_path / "guests"
    (guests / "mine").mkdir(parents=True)
    (guests / "mine" / "config.json").write_text(json.dumps({"model_type": "bert", "vocab_size": 9}))
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(guests))
    app = visit("models", m="folder:mine")
    assert not app.exception and "bert" in text(app) and "made by others" in text(app)
    (link,) = app.get("page_link")
    assert link.proto.query_string == "m=folder%3Amine"


def test_settings_are_those_of_the_recipe_and_of_the_configuration(own: Path, door: None):
    (own / "train.toml").write_text('name = "x"\n[loop]\nupdates = 7\n[model]\nscore = "dot"\n')
    info = gateway.listing.model("run:mine")
    settings = described.settings(info)
    assert settings["loop.updates"] == "7" and settings["model.score"] == "dot" and "name" not in settings
    assert settings["model.embedding"]


@pytest.mark.parametrize(
    "content",
    ["[[[", "a = 1\na = 2", "x" * 200_000, '"\\ud800" = 1'],
)
def test_a_recipe_that_is_none_leaves_the_settings_of_the_configuration(own: Path, door: None, content: str):
    (own / "train.toml").write_text(content)
    assert described.settings(gateway.listing.model("run:mine"))["model.embedding"]


def test_a_card_that_is_a_link_to_another_file_is_not_read(own: Path, door: None):
    (own / "CARD.md").unlink(missing_ok=True)
    (own / "CARD.md").symlink_to(own / "config.json")
    assert described.card(gateway.listing.model("run:mine")) == ""


def test_two_models_are_compared_by_what_differs_and_by_nothing_else(visit: Open, own: Path):
    (own / "metrics.json").write_text(json.dumps(METRICS))
    second = Path(shutil.copytree(own, own.parent / "other"))
    lower = METRICS | {"bleu": METRICS["bleu"] | {"beam5": {"value": 40.0, "low": 39.0, "high": 41.0}}}
    (second / "metrics.json").write_text(json.dumps(lower))
    (own / "train.toml").write_text("[loop]\nupdates = 7\nseed = 1\n")
    (second / "train.toml").write_text("[loop]\nupdates = 8\nseed = 1\n")
    app = visit("models", m="run:mine", b="run:other")
    assert not app.exception and not app.metric
    tables = [[line.split(" | ")[0].strip("| ") for line in m.value.split("\n")[2:]] for m in app.markdown]
    assert tables == [["Name"], ["BLEU\\: beam 5"], ["loop\\.updates"]]
    assert "40\\.0 \\(39\\.0" in app.markdown[1].value and "loop\\.updates | 7 | 8" in app.markdown[2].value


def test_figures_of_other_texts_are_said_to_be_of_other_texts(visit: Open, own: Path):
    second = Path(shutil.copytree(own, own.parent / "other"))
    for folder, corpus in ((own, "tatoeba/en-fr"), (second, "mine")):
        figures_of = METRICS | {"test": {"corpus": corpus}, "bleu": {"beam5": {"value": float(len(corpus))}}}
        (folder / "metrics.json").write_text(json.dumps(figures_of))
    assert "measured on different texts" in text(visit("models", m="run:mine", b="run:other"))


def test_a_model_beside_itself_is_one_model(visit: Open):
    assert visit("models", m=TRANSLATOR, b=TRANSLATOR).metric


def test_a_run_is_called_by_its_title_and_what_it_does_not_use_is_left_out(visit: Open, own: Path):
    config = json.loads((own / "config.json").read_text())
    config["model"]["window_width"] = 2
    (own / "config.json").write_text(json.dumps(config))
    (own / "training.json").write_text(json.dumps({"precision": "no", "seconds": 50.0}))
    (own / "train.toml").write_text("")
    request.write(own, request.new("My *first* one", "0" * 32))
    app = visit("models", m="run:mine")
    (header,) = [each.value for each in app.header if "first" in each.value]
    assert header.endswith(r"My \*first\* one") and "run:mine" not in header and "run:mine" in text(app)
    assert any(str(label).endswith("My *first* one") for label in app.dataframe[0].value["label"])
    assert "float32" in text(app) and "1 minute" in text(app) and "1 minutes" not in text(app)
    assert "window_width" not in text(app)


@pytest.mark.parametrize("figure", [10**400, -(10**400), float("nan"), float("inf"), True, "3", None, [3]])
def test_what_is_no_figure_is_none_on_any_page(figure: object):
    assert stored({"a": figure}, "a") is None and stored({"a": {"b": 3}}, "a", "b") == 3.0


def test_a_language_that_is_not_spoken_here_leaves_the_address(visit: Open):
    assert "lang" not in visit("models", lang="zz").query_params
    assert visit("models", lang="zh").query_params["lang"] == "zh"
