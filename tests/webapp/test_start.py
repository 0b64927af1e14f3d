"""The first page: three pictures, and links that lead to pages which open."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from engine.errors import Refused
from tests.webapp.conftest import Open, canvases, figures, words
from webapp.gateway.current import gateway
from webapp.i18n import LANGUAGES

LINKS = 6  # one below each picture, and three things to try


def links(app: AppTest) -> list[Any]:
    return [link.proto for link in app.get("page_link")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_three_pictures_are_live_each_below_its_title(visit: Open, language: str):
    app = visit("start", language=language)
    assert not app.exception and not app.info
    assert set(figures(app)) == {"start_translation", "start_review"} and set(canvases(app)) == {"start_heads"}
    assert words(figures(app)["start_translation"], "source")[:2] == ["I", "don"]
    assert len(app.header) == 5 and len(links(app)) == LINKS


@pytest.mark.parametrize("number", range(LINKS))
def test_every_link_leads_to_a_page_that_opens_without_a_complaint(visit: Open, number: int):
    link = links(visit("start"))[number]
    app = visit(link.page, **dict(parse_qsl(link.query_string)))
    assert not app.exception and not app.info and not app.error
    assert figures(app) or canvases(app)


def test_what_is_below_a_picture_opens_with_that_very_picture(visit: Open):
    start = visit("start")
    shown = figures(start)
    sentence = figures(visit("translate"))["translate_figure_attention"]
    assert words(shown["start_translation"], "target") == words(sentence, "target")
    review = visit("documents", **dict(parse_qsl(links(start)[1].query_string)))
    assert "".join(shown["start_review"].itertext())[:200] in "".join(figures(review)["documents_figure"].itertext())


def test_where_a_picture_cannot_be_drawn_the_others_and_all_words_stand(visit: Open, monkeypatch: pytest.MonkeyPatch):
    def busy(*_: object, **__: object) -> None:
        raise Refused("Many people are asking at once just now; try again in a few seconds.")

    monkeypatch.setattr(gateway.documents, "read", busy)
    monkeypatch.setattr(gateway.heads, "models", dict)
    app = visit("start")
    assert not app.exception
    assert [message.value[:9] for message in app.info] == ["Many peop", "There is "]
    assert set(figures(app)) == {"start_translation"} and len(links(app)) == LINKS
