"""Figures in a real browser, under the app's own security policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browsing import settle
from tests.serving import serve

SLOW = 30_000  # milliseconds
HOSTILE = (
    "<script>window.top.__xss=1</script>",
    "\"><img src=x onerror='window.top.__xss=1'>",
    "</text></svg><script>window.top.__xss=1</script>",
    "url(http://xss.invalid/)",
    "$x$ *it* _x_ :smile: &amp;",
    "Donaudampfschifffahrtsgesellschaft",
)
SCRIPT = f"""
import numpy as np
import streamlit as st
from engine.traces import Axis, Trace
from webapp.components import show
from webapp.figures import alignment
from webapp.figures.drawing.svg import svg

def trace(source, target, seed=0):
    weights = np.random.default_rng(seed).dirichlet(np.ones(len(source)), len(target))
    return Trace("cross", Axis.of(target), Axis.of(source), weights[None, None])

small = trace(["the", "house", "sleeps"], ["la", "maison", "dort"])
st.title("Figures")
if st.button("again"):
    st.caption("ran again")
show([svg(alignment.matrix(small), group="one"), svg(alignment.lines(small, mass=1), group="one")], key="pair")
show([svg(alignment.text(small), group="one")], key="text")
show([svg(alignment.matrix(small), group="other")], key="other")
if st.toggle("change"):
    show([svg(alignment.matrix(trace(["new"], ["neu"])))], key="changing")
else:
    show([svg(alignment.matrix(trace(["old"], ["alt"])))], key="changing")
hostile = {HOSTILE!r}
show([svg(alignment.matrix(trace(hostile, hostile)), group=hostile[0])], key="hostile")
many = [f"word{{k}}" for k in range(40)]
show([svg(alignment.matrix(trace(many, many)))], key="wide")
st.caption("the end")
"""


@pytest.fixture(scope="module")
def figures_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("figures")
    (folder / "page.py").write_text(SCRIPT)
    with serve(folder, ALIGNSCOPE_SCRIPT=str(folder / "page.py")) as served:
        yield served.url


@pytest.fixture
def shown(page: Page, figures_url: str) -> Page:
    page.goto(figures_url)
    arrived(page)
    return page


def arrived(page: Page) -> None:
    """All figures are drawn; a slow machine takes its time for the first ones."""
    expect(page.get_by_text("the end")).to_be_visible(timeout=SLOW)
    expect(page.locator(".as-figure")).to_have_count(7, timeout=SLOW)
    settle(page)


def figure(page: Page, k: int) -> Locator:
    return page.locator(".as-figure").nth(k)


def cell(page: Page, k: int, row: int, column: int) -> Locator:
    return figure(page, k).locator(f'[data-row="{row}"][data-column="{column}"]')


def lit(page: Page, k: int) -> list[str]:
    return figure(page, k).locator("text.as-on").all_text_contents()


def tip(page: Page) -> str:
    return page.locator(".as-tip.as-shown").inner_text()


def test_pointing_at_a_cell_says_both_words_and_the_value(shown):
    cell(shown, 0, 1, 2).hover()
    value = cell(shown, 0, 1, 2).get_attribute("data-value")
    assert tip(shown).split() == ["maison", "→", "sleeps", value, "share"]
    shown.mouse.move(5, 5)
    expect(shown.locator(".as-tip.as-shown")).to_have_count(0)


def test_a_word_lights_up_in_every_figure_of_its_group_and_in_no_other(shown):
    cell(shown, 0, 1, 2).hover()
    assert sorted(lit(shown, 0)) == sorted(lit(shown, 1)) == ["maison", "sleeps"]
    assert lit(shown, 2) == ["sleeps"]
    assert lit(shown, 3) == []
    figure(shown, 2).locator("text[data-index='0']").hover()
    assert [lit(shown, k) for k in range(4)] == [["the"], ["the"], ["the"], []]


def test_pointing_at_a_word_names_what_it_looked_at_most(shown):
    figure(shown, 0).locator("text[data-side=target][data-index='1']").hover()
    values = [float(cell(shown, 0, 1, j).get_attribute("data-value")) for j in range(3)]
    best = ["the", "house", "sleeps"][values.index(max(values))]
    assert tip(shown).startswith(f"maison → {best} ")


def test_keys_move_through_a_figure_and_escape_leaves_it(shown):
    figure(shown, 0).focus()
    figure(shown, 0).press("ArrowRight")
    if not lit(shown, 0):  # focus by script does not show itself until a key is pressed
        figure(shown, 0).press("ArrowRight")
    figure(shown, 0).press("Home")
    assert sorted(lit(shown, 0)) == ["la", "the"]
    for key, words in (
        ("ArrowRight", ["house", "la"]),
        ("ArrowDown", ["house", "maison"]),
        ("End", ["maison", "sleeps"]),
        ("ArrowRight", ["maison", "sleeps"]),
        ("Control+End", ["dort", "sleeps"]),
        ("Control+Home", ["la", "the"]),
        ("ArrowUp", ["la", "the"]),
    ):
        figure(shown, 0).press(key)
        assert sorted(lit(shown, 0)) == sorted(lit(shown, 1)) == words
    voice = shown.locator(".as-unseen[aria-live]").first
    assert voice.text_content().split()[:3] == ["la", "→", "the"]
    figure(shown, 0).press("Escape")
    assert lit(shown, 0) == []
    assert not figure(shown, 0).evaluate("node => node.matches(':focus')")


def test_keys_walk_along_both_sentences_of_a_line_figure_and_along_a_text(shown):
    figure(shown, 1).focus()
    for key, words in (("Home", ["la"]), ("ArrowRight", ["maison"]), ("End", ["dort"])):
        figure(shown, 1).press(key)
        assert lit(shown, 1) == words
    figure(shown, 1).press("ArrowUp")
    assert len(lit(shown, 1)) == 1 and lit(shown, 1)[0] in ("the", "house", "sleeps")
    figure(shown, 2).focus()
    figure(shown, 2).press("End")
    assert lit(shown, 2) == ["sleeps"]


def test_every_figure_is_named_and_reached_by_one_press_of_tab(shown):
    names = [figure(shown, k).get_attribute("aria-label") for k in range(7)]
    assert all(names) and "“maison”: most at" in names[0]
    figure(shown, 0).focus()
    shown.keyboard.press("Tab")
    assert figure(shown, 1).evaluate("node => node.matches(':focus')")


def test_hostile_words_stay_text_in_figure_and_tip(shown):
    found = figure(shown, 5)
    assert found.locator("script, img, iframe, foreignObject").count() == 0
    for k, word in enumerate(HOSTILE):
        found.locator(f"text[data-side=target][data-index='{k}']").hover()
        assert tip(shown).startswith(f"{word} →")


def test_pointing_sends_nothing_to_the_server(shown):
    sent: list[object] = []
    shown.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    shown.reload()
    arrived(shown)
    before = len(sent)
    assert before
    for row in range(3):
        cell(shown, 0, row, row).hover()
    figure(shown, 0).press("ArrowRight")
    shown.wait_for_timeout(300)
    assert len(sent) == before


def test_a_rerun_keeps_the_nodes_of_what_has_not_changed(shown):
    for k in range(7):
        figure(shown, k).evaluate("node => { node.mine = true; }")
    shown.get_by_role("button", name="again").click()
    expect(shown.get_by_text("ran again")).to_be_visible(timeout=SLOW)
    settle(shown)
    assert [figure(shown, k).evaluate("node => node.mine === true") for k in range(7)] == [True] * 7


def test_a_changed_figure_is_replaced_in_its_place(shown):
    expect(figure(shown, 4)).to_contain_text("old")
    shown.get_by_text("change").click()
    expect(figure(shown, 4)).to_contain_text("new", timeout=SLOW)
    expect(shown.locator(".as-figure")).to_have_count(7)
    cell(shown, 4, 0, 0).hover()
    assert tip(shown).startswith("neu → new")


def test_what_stands_below_figures_does_not_move_when_they_arrive(shown):
    """A single figure has its place kept before it is drawn."""
    place = "node.getRootNode().host.closest('[data-testid=stElementContainer]')"
    box = figure(shown, 3).evaluate(f"node => {place}.getBoundingClientRect().height")
    drawn = figure(shown, 3).evaluate("node => node.getBoundingClientRect().height")
    assert drawn <= box <= drawn + 24


@pytest.mark.parametrize("width", [400, 1600])
def test_a_wide_figure_scrolls_in_its_own_frame_and_the_page_does_not(shown, width):
    shown.set_viewport_size({"width": width, "height": 900})
    shown.wait_for_timeout(200)
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    wide = figure(shown, 6)
    if width == 400:
        assert wide.evaluate("node => node.scrollWidth > node.clientWidth")
        word = wide.locator("text[data-side=target][data-index='3']")
        before = word.bounding_box()["x"]
        wide.evaluate("node => { node.scrollLeft = 200; }")
        shown.wait_for_timeout(100)
        assert abs(word.bounding_box()["x"] - before) < 2, "the words at the side stay in sight"


def test_the_words_across_the_top_of_a_long_figure_stay_in_sight(shown):
    shown.set_viewport_size({"width": 1280, "height": 500})
    long = figure(shown, 6)
    long.evaluate("node => node.scrollIntoView({ block: 'end' })")
    shown.wait_for_timeout(300)
    assert long.evaluate("node => node.getBoundingClientRect().top") < -100
    assert 0 <= long.locator("text[data-side=source][data-index='3']").bounding_box()["y"] < 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_figure_wears_the_colours_of_the_theme(shown, scheme):
    shown.emulate_media(color_scheme=scheme)
    shown.reload()
    arrived(shown)
    ink = figure(shown, 0).locator("text[data-side]").first.evaluate("node => getComputedStyle(node).fill")
    text = shown.get_by_text("the end").evaluate("node => getComputedStyle(document.querySelector('.stApp')).color")
    assert ink == text
    strong = max(range(3), key=lambda j: float(cell(shown, 0, 0, j).get_attribute("data-value")))
    red, _, blue = map(
        int, cell(shown, 0, 0, strong).evaluate("n => getComputedStyle(n).fill").strip("rgb()").split(",")
    )
    assert blue > 180 if scheme == "dark" else red < 30


def test_a_printed_figure_is_dark_on_white_whatever_the_theme(shown):
    shown.emulate_media(color_scheme="dark", media="print")
    ink = figure(shown, 0).locator("text[data-side]").first.evaluate("node => getComputedStyle(node).fill")
    assert ink == "rgb(28, 39, 51)"


def test_a_tap_points_and_a_tap_elsewhere_lets_go(browser: Browser, figures_url: str):
    context = browser.new_context(viewport={"width": 400, "height": 900}, has_touch=True)
    page = context.new_page()
    page.goto(figures_url)
    arrived(page)
    cell(page, 0, 1, 2).tap()
    assert tip(page).startswith("maison → sleeps")
    page.get_by_role("heading", name="Figures").tap()
    expect(page.locator(".as-tip.as-shown")).to_have_count(0)
    context.close()
