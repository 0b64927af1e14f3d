"""Languages: every sentence of the interface in English, and its translation in a catalogue.

`t("...")` gives a sentence in the language of the visitor who asks, `counted("{count} word", "{count} words", n)` the
form that a number needs there. The English sentence is its own key. Run `python -m webapp.i18n` to see what a catalogue
lacks.
"""

from __future__ import annotations

import ast
import gettext
import io
import re
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from numbers import Number
from pathlib import Path
from string import Formatter

import streamlit as st
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

from engine.errors import Refused

HERE = Path(__file__).parent
LANGUAGES = {"en": "English", "zh": "中文"}
DEFAULT = "en"
UNSPACED = ("zh",)  # written without spaces between sentences
# Calls whose first argument is a sentence that visitors read: shown now, marked for later, or raised.
MARKERS = ("t", "N_", "Refused", "counted")
# What a mechanism or a reading of the engine says of itself: attributes of its class, or arguments that make it.
DESCRIPTIONS = ("label", "meaning")


def N_(sentence: str) -> str:
    """The sentence itself, marked for the catalogues; whoever shows it translates it with `t`."""
    return sentence


def language() -> str:
    """The visitor's language: chosen before, else asked for by the link (`lang`), else that of the browser.

    Every sentence asks for it, some eighty in a run, so it is looked up once for each run and kept in its thread.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return DEFAULT
    run = context.cursors  # each run of a page begins with a new one
    if getattr(_kept, "run", None) is not run:
        _kept.run, _kept.language = run, _looked_up()
    return str(_kept.language)


_kept = threading.local()


def _looked_up() -> str:
    chosen = st.session_state.get("language")
    if chosen not in LANGUAGES:
        wanted = st.query_params.get("lang") or (st.context.locale or DEFAULT).partition("-")[0].lower()
        chosen = st.session_state["language"] = wanted if wanted in LANGUAGES else DEFAULT
    return str(chosen)


def t(sentence: str) -> str:
    """The sentence in the visitor's language, `{facts}` still to be filled in; English if untranslated."""
    return catalogue(language()).gettext(sentence)


def counted(singular: str, plural: str, count: float) -> str:
    """The sentence in the visitor's language as it is said of so many, `{facts}` still to be filled in."""
    return catalogue(language()).ngettext(singular, plural, int(count))


def for_reader(accept_language: str, sentence: str) -> str:
    """The sentence in the language that a browser asks for in its Accept-Language header, where no visit is known."""
    return catalogue(accepted(accept_language)).gettext(sentence)


def accepted(header: str) -> str:
    """The first language spoken here of those in an Accept-Language header, by their q; English if there is none."""
    ranges = [part.strip().lower().partition(";q=") for part in header.replace(" ", "").split(",")]
    weighed = [(float(q) if re.fullmatch(r"[01](\.\d{0,3})?", q) else 1.0, name) for name, _, q in ranges]
    order = sorted(((q, name.partition("-")[0]) for q, name in weighed if q > 0), key=lambda pair: -pair[0])
    return next((name for _, name in order if name in LANGUAGES), DEFAULT)


def joined(*sentences: str) -> str:
    """Several sentences as one text, with a space between them where the language writes one; empty ones fall away."""
    return ("" if language() in UNSPACED else " ").join(filter(None, sentences))


def say(refused: Refused) -> str:
    """The sentence of a refusal in the visitor's language, as markdown in which no fact can pass for markup."""
    return _form(refused).format(**{name: verbatim(fact) for name, fact in refused.facts.items()})


def plain(refused: Refused) -> str:
    """The same as text, where markup means nothing."""
    return _form(refused).format(**refused.facts)


def _form(refused: Refused) -> str:
    if not refused.plural:
        return t(refused.template)
    return counted(refused.template, refused.plural, int(str(refused.facts["count"])))


def verbatim(fact: object) -> object:
    """A fact as markdown in which nothing passes for markup; a refusal inside another one is said in full."""
    if isinstance(fact, Refused):
        return say(fact)
    if isinstance(fact, Number):
        return fact  # as it is, for the sentence may round it
    text = " ".join(str(fact).split())
    if not re.search(r"[^\w ,]|_", text):
        return text
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])")


def escaped(text: str) -> str:
    """A text as markdown in which nothing passes for markup, its spaces and breaks as they are."""
    return _MARKUP.sub(r"\\\1", text)


_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[-.\w+]+@[-\w]+(?:\.[-\w]+)+", re.IGNORECASE)


def unlinked(text: str) -> str:
    """A text of somebody else's as markdown: as `escaped`, and no address in it becomes a link, which those in plain
    letters do in spite of it."""
    written, end = "", 0
    for match in _ADDRESS.finditer(text):
        written += escaped(text[end : match.start()]) + str(verbatim(match[0]))
        end = match.end()
    return written + escaped(text[end:])


@cache
def catalogue(code: str) -> gettext.NullTranslations:
    """What gives the translation of an English sentence; English itself has none."""
    if code == DEFAULT:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, _entries(code))
    return gettext.GNUTranslations(io.BytesIO(compiled.getvalue()))


def translations(code: str) -> dict[str, tuple[str, ...]]:
    """English sentence → its translation, of one that says a count in each of the forms that the language has."""
    known = {}
    for entry in _entries(code):
        singular = entry.id if isinstance(entry.id, str) else entry.id[0]
        forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        if singular and all(forms):
            known[singular] = forms
    return known


def _entries(code: str) -> Catalog:
    with (HERE / "locale" / code / "LC_MESSAGES" / "alignscope.po").open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


@dataclass(frozen=True)
class Sentence:
    """A sentence in the program, and the place where it stands; with a `plural` where it says a count."""

    text: str
    place: str
    plural: str = ""


def sentences(root: Path = HERE.parent) -> Iterator[Sentence]:
    """All sentences that visitors can read; ValueError for one that is put together where it is marked."""
    for file in sorted(f for package in ("engine", "webapp") for f in (root / package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            # On a page, `label=` is the name of a widget, and marked as all else is.
            recorded = _recorded(node) if file.is_relative_to(root / "engine") else []
            for sentence in [*_marked(node), *_described(node), *recorded]:
                place = f"{file.relative_to(root)}:{sentence.lineno}"
                if isinstance(sentence, ast.Constant) and isinstance(sentence.value, str):
                    yield Sentence(sentence.value, place, _plural(node))
                elif isinstance(sentence, ast.JoinedStr | ast.BinOp):
                    raise ValueError(
                        f"{place}: a catalogue holds whole sentences; write {{facts}} and fill them in with .format"
                    )


def _marked(node: ast.AST) -> list[ast.expr]:
    """The first argument of a call that marks a sentence."""
    if not isinstance(node, ast.Call) or not node.args:
        return []
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return node.args[:1] if called in MARKERS else []


def _plural(node: ast.AST) -> str:
    """The other form of a sentence that says a count."""
    if not isinstance(node, ast.Call):
        return ""
    second = node.args[1:2] if getattr(node.func, "id", "") == "counted" else []
    forms = [*second, *(keyword.value for keyword in node.keywords if keyword.arg == "plural")]
    return next((str(form.value) for form in forms if isinstance(form, ast.Constant)), "")


def _described(node: ast.AST) -> list[ast.expr]:
    """What a class says of itself in words for visitors."""
    if not isinstance(node, ast.ClassDef):
        return []
    return [
        statement.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id in DESCRIPTIONS for target in statement.targets)
    ]


def _recorded(node: ast.AST) -> list[ast.expr]:
    """What a record says of itself in words for visitors, where it is made."""
    if not isinstance(node, ast.Call):
        return []
    return [keyword.value for keyword in node.keywords if keyword.arg in DESCRIPTIONS]


def facts(sentence: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def faults(code: str, root: Path = HERE.parent) -> list[str]:
    """What the catalogue of one language lacks, has too much or has wrong: one line each."""
    known = translations(code)
    used = {sentence.text: sentence for sentence in sentences(root)}
    lacking = [f'{s.place}: no {code} translation of "{text}"' for text, s in used.items() if text not in known]
    unused = [f'{code}: no page says "{text}" any more' for text in known if text not in used]
    wrong = [
        f'{code}: "{text}" has {sorted(facts(s.plural or text))}, its translation {sorted(facts(form))}'
        for text, s in used.items()
        for form in known.get(text, ())
        if facts(s.plural or text) != facts(form)
    ]
    return lacking + unused + wrong


def main() -> int:
    """Print the faults of all catalogues; 1 if there are any."""
    lines = [line for code in LANGUAGES if code != DEFAULT for line in faults(code)]
    print("\n".join(lines) or "All catalogues are complete.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
