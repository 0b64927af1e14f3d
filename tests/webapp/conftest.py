"""The app's script, run without a server over models made for the tests."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from engine.store import names
from tests import tiny
from tests.serving import ROOT
from webapp.gateway.current import gateway

SVG = "{http://www.w3.org/2000/svg}"
Open = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def components() -> Iterator[None]:
    """Each page that runs without a server has Streamlit read the metadata of all installed packages, for a fifth of a
    second; they are read once."""
    with pytest.MonkeyPatch.context() as patch:
        read_once = functools.cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", read_once)
        yield


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pretrained")
    tiny.make(folder)
    return folder


@pytest.fixture
def door(tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The gateway as it is in a server that has just begun, over the tiny models."""
    monkeypatch.setattr(names, "PRETRAINED", tiny_models)
    monkeypatch.setenv("ALIGNSCOPE_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("ALIGNSCOPE_SECOND", "0")  # it would look for models where they lie outside of tests
    gateway.forget()
    yield
    gateway.forget()


@pytest.fixture
def visit(door: None) -> Open:
    """visit("mechanisms", language="zh", t="Hello"): a page as a visitor with that link gets it."""

    def open_page(page: str = "translate", *, language: str = "en", **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "webapp" / "app.py"), default_timeout=110)
        app.session_state["language"] = language
        if page != "start":
            app.switch_page(f"app_pages/{page}.py")
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return open_page


def figures(app: AppTest) -> dict[str, ElementTree.Element]:
    """The pictures on the page by the key of what shows them."""
    return {
        found.proto.id.rpartition("-")[2]: ElementTree.fromstring(json.loads(found.proto.json)["figures"][0])
        for found in app.get("bidi_component")
        if '"figures"' in found.proto.json  # a canvas comes as bytes, a page's frame shows none
    }


def canvases(app: AppTest) -> dict[str, dict[str, Any]]:
    """What the browser draws from bytes, by the key of what shows it: the first figure's facts and its `parts`."""
    packets = {
        found.proto.id.rpartition("-")[2]: found.proto.bytes
        for found in app.get("bidi_component")
        if found.proto.WhichOneof("data") == "bytes"
    }
    return {key: _unpacked(packet) for key, packet in packets.items()}


def _unpacked(packet: bytes) -> dict[str, Any]:
    end = 4 + int.from_bytes(packet[:4], "little")
    facts: dict[str, Any] = json.loads(packet[4:end])["figures"][0]
    parts = []
    for size in facts["lengths"]:
        parts.append(packet[end : end + size])
        end += size
    return {**facts, "parts": parts}


def open_file(app: AppTest, page: str, view: dict[str, str]) -> None:
    """Open a JSON file that was downloaded of this view."""
    app.session_state[f"{page}_opener"] = True  # the drawer is open
    app.run()
    content = json.dumps({"view": view}).encode()
    app.file_uploader(key=f"{page}_file").set_value(("view.json", content, "application/json")).run()


def words(picture: ElementTree.Element, side: str) -> list[str]:
    """The whole words of one side, in order."""
    found = [node for node in picture.iter(f"{SVG}text") if node.get("data-side") == side]
    titles = [node.find(f"{SVG}title") for node in sorted(found, key=lambda node: int(node.get("data-index", "0")))]
    texts = sorted(found, key=lambda node: int(node.get("data-index", "0")))
    return [
        (title.text if title is not None else "".join(node.itertext())) or ""
        for node, title in zip(texts, titles, strict=True)
    ]
