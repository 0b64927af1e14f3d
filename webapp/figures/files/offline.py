"""A figure as one file that any browser opens without a network: the picture, its numbers as titles, no script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from xml.etree import ElementTree

from webapp.figures.drawing.theme import DARK, LIGHT
from webapp.figures.drawing.typeset import escape, legal
from webapp.figures.files.export import NAMESPACE
from webapp.figures.scenes.wording import Wording

# Nothing is fetched and nothing runs, whatever a text says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_PAGE = """<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width">
<meta name="description" content="{facts}">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; {light} }}
@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
@media print {{ :root {{ {light} }} }}
body {{ margin: 24px; background: var(--as-paper); color: var(--as-ink); }}
svg {{ display: block; max-width: 100%; height: auto; margin: auto; }}
g:hover > rect {{ stroke: var(--as-ink); }}
</style>
</head>
<body>
{picture}
</body>
</html>
"""


def html(picture: str, title: str, facts: Mapping[str, str] | None = None) -> bytes:
    """The page as UTF-8. `picture` comes from webapp.figures.svg; `facts` are short texts about where it comes from."""
    page = _PAGE.format(
        policy=_POLICY,
        facts=escape(json.dumps({key: legal(value) for key, value in (facts or {}).items()}, ensure_ascii=False)),
        title=escape(title),
        light=_variables(LIGHT),
        dark=_variables(LIGHT if "<image " in picture else DARK),  # an image keeps its one hue, made for white paper
        picture=_titled(picture),
    )
    return page.encode()


def _variables(palette: Mapping[str, str]) -> str:
    return " ".join(f"--as-{name}: {colour};" for name, colour in palette.items())


def _titled(picture: str) -> str:
    """Whatever has a value says it when it is pointed at."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(picture)
    words = {
        (node.get("data-axis"), node.get("data-index")): _word(node) for node in root.iter() if node.get("data-axis")
    }
    wording = Wording(cell=root.get("data-says", ""), value=root.get("data-form", ""))
    for parent in list(root.iter()):
        valued = [node for node in parent if node.get("data-value") is not None]
        for node in valued:
            # A word and its ground say the same: the title stands with what holds both.
            holder = parent if len(valued) == 1 else node
            title = ElementTree.Element(f"{{{NAMESPACE}}}title")
            if wording.cell and node.get("data-row") is not None:
                row, column = words["row", node.get("data-row")], words["column", node.get("data-column")]
                title.text = wording.sentence(row, column, float(node.get("data-value", "0")))
            else:
                unit = "data-bar-unit" if node.get("data-side") == "sentence" else "data-unit"
                title.text = _title(node, root.get(unit, ""))
            holder.insert(0, title)
    return ElementTree.tostring(root, encoding="unicode")


def _word(node: ElementTree.Element) -> str:
    """The whole of a word, of which a long one is drawn in part."""
    whole = node.find(f"{{{NAMESPACE}}}title")
    return (node.text if whole is None else whole.text) or ""


def _title(node: ElementTree.Element, unit: str) -> str:
    """A word, its value and what else is known of it; the word's own title, the whole of it, goes into this one."""
    word = node.text or ""
    if (whole := node.find(f"{{{NAMESPACE}}}title")) is not None:
        word = whole.text or ""
        node.remove(whole)
    lines = (f"{word}  {node.get('data-value')} {unit}".strip(), node.get("data-detail", ""))
    return "\n".join(line for line in lines if line)
