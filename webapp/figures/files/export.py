"""Figures to take away: pictures for papers, tables for further work.

    svg_file(picture, facts)      the very picture on screen, in plain colours, with what it shows written inside
    png(picture, facts)           three pixels for each of the screen's, no browser needed
    pdf(picture, facts)           text stays text
    csv(scene, facts), json(scene, facts)
    fonts.warnings(words(picture), t)     what to install where a PNG or PDF would hold empty boxes

`picture` comes from webapp.figures.drawing.svg, `facts` are short texts such as {"model": …, "text": …}.
PNG and PDF take some tenths of a second: make them when they are asked for.
"""

from __future__ import annotations

import csv as csv_lines
import io
import json as json_text
import struct
import zlib
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import numpy as np
import resvg_py
import typst

from webapp.figures.drawing.theme import LIGHT, settled
from webapp.figures.drawing.typeset import escape, is_right_to_left, legal
from webapp.figures.files import fonts
from webapp.figures.scenes.picture import PictureScene
from webapp.figures.scenes.scene import BarsScene, DocumentScene, HeadsScene, LinesScene, MatrixScene, Scene, TextScene

NAMESPACE = "http://www.w3.org/2000/svg"
HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
Value = str | int | float
POINTS = 0.75  # a pixel of the screen on paper
_KIND: Mapping[type, str] = {BarsScene: "bars", DocumentScene: "document", HeadsScene: "heads", PictureScene: "picture"}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_PAGE = """#set page(width: {width}pt, height: {height}pt, margin: 0pt)
#set document(title: sys.inputs.title, description: sys.inputs.facts)
#image(bytes(sys.inputs.figure), format: "svg", width: 100%)"""


def svg_file(picture: str, facts: Mapping[str, str] | None = None, palette: Mapping[str, str] = LIGHT) -> bytes:
    """A file that any program can open: no CSS variables, facts under <metadata>."""
    start = picture.index(">") + 1
    metadata = f"<metadata>{escape(_stamp(facts))}</metadata>" if facts else ""
    return (HEADER + settled(picture[:start] + metadata + picture[start:], palette)).encode()


def png(
    picture: str, facts: Mapping[str, str] | None = None, *, scale: float = 3, palette: Mapping[str, str] = LIGHT
) -> bytes:
    """The picture on its paper, `scale` pixels for one of the screen; facts in an iTXt chunk."""
    drawn = resvg_py.svg_to_bytes(
        svg_string=on_paper(picture, palette),
        background=palette["paper"],
        zoom=scale,
        sans_serif_family=fonts.family("a") or fonts.LAST,
    )
    return _stamped(bytes(drawn), _stamp(facts)) if facts else bytes(drawn)


def pdf(picture: str, facts: Mapping[str, str] | None = None, *, palette: Mapping[str, str] = LIGHT) -> bytes:
    """One page of the figure's own size; facts as the document's description."""
    root = ElementTree.fromstring(picture)
    width, height = (float(root.get(side, "0")) * POINTS for side in ("width", "height"))
    figure = on_paper(picture, palette)
    pages = typst.compile(
        _PAGE.format(width=width, height=height).encode(),
        format="pdf",
        sys_inputs={"title": "Alignscope", "facts": _stamp(facts), "figure": figure},
    )
    return bytes(pages)


def words(picture: str) -> str:
    """All that a picture writes."""
    return "".join(node.text or "" for node in ElementTree.fromstring(picture).iter(f"{{{NAMESPACE}}}text"))


def csv(scene: Scene, facts: Mapping[str, str] | None = None) -> str:
    """The numbers in full, words guarded against being run as formulas when a spreadsheet opens the file.

    Facts stand in last columns of their own, the same in each row: lines before the table would break most readers,
    and tables laid one below the other still say where each row comes from. Their names hold a space, as no word does.
    """
    out = io.StringIO()
    head, *rows = _table(scene)
    provenance = {
        f"alignscope {'version' if name == 'alignscope' else name}": value for name, value in (facts or {}).items()
    }
    table = [[*head, *provenance], *([*row, *provenance.values()] for row in rows)]
    csv_lines.writer(out, lineterminator="\r\n").writerows([_cell(value) for value in row] for row in table)
    return out.getvalue()


def json(scene: Scene, facts: Mapping[str, str] | None = None) -> str:
    """The numbers in full and the words exactly; only changed by adding."""
    body: dict[str, Any] = {"format": 1, **(facts or {}), "title": scene.title, "unit": scene.unit, "note": scene.note}
    if isinstance(scene, MatrixScene):
        body |= {"kind": "matrix", "rows": scene.rows, "columns": scene.columns, "values": scene.values.tolist()}
        body |= {name: sorted(getattr(scene, name)) for name in ("links", "sure", "possible")}
        windows = [{"centre": span.centre, "low": span.low, "high": span.high} for span in scene.windows]
        body |= {"windows": windows} if windows else {}
    elif isinstance(scene, LinesScene):
        links = [{"row": link.row, "column": link.column, "value": link.value} for link in scene.links]
        body |= {"kind": "lines", "rows": scene.bottom, "columns": scene.top, "links": links, "shown": scene.shown}
    elif isinstance(scene, TextScene):
        body |= {"kind": "text", "words": scene.words, "values": scene.values.tolist()}
    else:
        head, *rows = ([None if value != value else value for value in row] for row in _table(scene))
        body |= {"kind": _KIND[type(scene)], "columns": head, "rows": rows}
    return json_text.dumps(body, ensure_ascii=True, indent=1)


def _table(scene: Scene) -> list[list[Value]]:
    table: list[list[Value]]
    if isinstance(scene, MatrixScene):
        table = [["", *scene.columns]]
        table += [[row, *map(float, scene.values[i])] for i, row in enumerate(scene.rows)]
    elif isinstance(scene, TextScene):
        table = [["", "word", scene.unit]]
        table += [[k, word, float(scene.values[k])] for k, word in enumerate(scene.words)]
    elif isinstance(scene, BarsScene):
        table = [["", scene.unit]]
        table += [[label, float(value)] for label, value in zip(scene.labels, scene.values, strict=True)]
    elif isinstance(scene, DocumentScene):
        table = _document(scene)
    elif isinstance(scene, PictureScene):
        table = [["place", "row", "column", scene.unit]]
        table += [[name, *_row(scene, k), float(scene.values[k])] for k, name in enumerate(scene.labels)]
    elif isinstance(scene, HeadsScene):
        table = [["layer", "head", *scene.measures]]
        table += [[k + 1, h + 1, *(float(values[k, h]) for values in scene.measures.values())] for k, h in scene.shown]
    else:
        table = [["target", "source", "target word", "source word", scene.unit]]
        table += [[x.row, x.column, scene.bottom[x.row], scene.top[x.column], x.value] for x in scene.links]
    return table


def _row(scene: PictureScene, place: int) -> tuple[Value, Value]:
    """Row and column of a square, counted from 1; a mark has none."""
    square = place - len(scene.marks)
    return ("", "") if square < 0 else (square // scene.grid[1] + 1, square % scene.grid[1] + 1)


def _document(scene: DocumentScene) -> list[list[Value]]:
    """A row for each word: its sentence with that one's weight, and all that was measured of the word.

    What is drawn has a column of its own only where it is none of the measures.
    """
    drawn = np.concatenate([sentence.values for sentence in scene.sentences] or [np.empty(0)])
    doubled = any(np.array_equal(drawn, values, equal_nan=True) for values in scene.measures.values())
    own = [] if doubled else [scene.unit]
    table: list[list[Value]] = [
        ["sentence", "read", f"sentence, {scene.bar_unit}", "word number", "word", *own, *scene.measures]
    ]
    at = 0
    for sentence in scene.sentences:
        for k, word in enumerate(sentence.words):
            known: list[Value] = [sentence.number, int(sentence.read), sentence.weight, sentence.first + k + 1, word]
            value = [] if doubled else [float(sentence.values[k])]
            table.append([*known, *value, *(float(m[at]) for m in scene.measures.values())])
            at += 1
    return table


def _cell(value: Value) -> str:
    if not isinstance(value, str):
        return "" if value != value else repr(value)  # not a number: what was switched off has none
    text = legal(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _stamp(facts: Mapping[str, str] | None) -> str:
    return json_text.dumps({key: legal(value) for key, value in (facts or {}).items()}, ensure_ascii=False)


def _stamped(image: bytes, text: str) -> bytes:
    """The PNG with one chunk of UTF-8 text behind its header (PNG specification, 11.3.3.4)."""
    body = b"iTXt" + b"Description\0\0\0\0\0" + text.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    header = 8 + 4 + 4 + 13 + 4
    return image[:header] + chunk + image[header:]


def on_paper(picture: str, palette: Mapping[str, str]) -> str:
    """For programs that know neither CSS variables, nor lists of fonts, nor `plaintext` direction: all spelt out."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(settled(picture, palette))
    for node in root.iter(f"{{{NAMESPACE}}}text"):
        text = node.text or ""
        chosen = fonts.family(text)
        if chosen:
            node.set("font-family", f"'{chosen}', sans-serif")
        if node.get("unicode-bidi") == "plaintext" and is_right_to_left(text):
            node.text = f"\u2067{text}\u2069"
    for node in root.iter(f"{{{NAMESPACE}}}image"):
        if node.get("image-rendering") == "pixelated":
            node.set("image-rendering", "optimizeSpeed")  # what these programs call it, and browsers smooth
    return ElementTree.tostring(root, encoding="unicode")
