"""The player of trainings as one file that any browser opens without a network: the component itself, and its data.

What runs is the very script of the page, named in the file's policy by its hash; nothing is fetched.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from webapp.figures.canvas import Canvas, packet
from webapp.figures.drawing.theme import DARK, LIGHT
from webapp.figures.drawing.typeset import escape, legal

FOLDER = Path(__file__).parents[2] / "components" / "alignment_view"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (default )?(const|class|function)( \w+)?", re.MULTILINE)
_START = """
const bytes = Uint8Array.from(atob(document.getElementById("data").textContent), (c) => c.charCodeAt(0));
index_js.default({ data: bytes, parentElement: document.getElementById("player"), setTriggerValue() {} });
"""
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
body {{ margin: 24px; background: var(--st-background-color); color: var(--st-text-color); font-family: sans-serif; }}
h1 {{ font-size: 20px; }}
{css}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{note}</p>
<div id="player"></div>
<script type="text/plain" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def html(canvas: Canvas, title: str, note: str, facts: Mapping[str, str], hint: str = "") -> bytes:
    """The page as UTF-8; `note` says in a sentence where it comes from, `facts` are the same for programs."""
    shared = {
        "columns": 0,
        "light": dict(LIGHT),
        "dark": dict(DARK),
        "acts": False,
        "opened": None,
        "phrases": {"hint": hint},
    }
    script = _script()
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    page = _PAGE.format(
        policy=policy,
        facts=escape(json.dumps({key: legal(value) for key, value in facts.items()}, ensure_ascii=False)),
        title=escape(title),
        note=escape(note),
        light=_theme(LIGHT),
        dark=_theme(DARK),
        css=(FOLDER / "index.css").read_text(encoding="utf-8"),
        data=base64.b64encode(packet([canvas], shared)).decode(),
        script=script,
    )
    return page.encode()


def _theme(palette: Mapping[str, str]) -> str:
    """The page's own colours, as Streamlit names them: by these the component knows light from dark."""
    named = {"background": "paper", "text": "ink", "primary": "accent"}
    return " ".join(f"--st-{name}-color: {palette[colour]};" for name, colour in named.items())


@cache
def _script() -> str:
    """The modules of the component as one script, each in a function of its own, those that are imported first."""
    return "\n".join([*_bundled("index", []), _START]).replace("</", "<\\/")


def _bundled(name: str, known: list[str]) -> Sequence[str]:
    source = (FOLDER / f"{name}.js").read_text(encoding="utf-8")
    parts: list[str] = []
    known.append(name)
    for _, other in _IMPORT.findall(source):
        if other not in known:
            parts += _bundled(other, known)
    exported = [each.strip() or "main" for default, kind, each in _EXPORT.findall(source)]
    body = _IMPORT.sub(lambda match: f"const {{{match[1].replace(' as ', ': ')}}} = {match[2]}_js;", source)
    body = _EXPORT.sub(lambda match: f"{match[2]}{match[3] or ' main'}", body)
    names = ", ".join(f"default: {each}" if each == "main" else each for each in exported)
    parts.append(f"const {name}_js = (() => {{\n{body}\nreturn {{ {names} }};\n}})();")
    return parts
