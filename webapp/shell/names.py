"""How models, languages and scoring functions are called on the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from babel import Locale, UnknownLocaleError

from engine.attention import SCORES, SELECTIONS, WINDOWS
from engine.attention.windows import WIDTH
from engine.models.recurrent.decoders import DECODERS
from engine.models.recurrent.placements import NULL_KEY
from engine.models.recurrent.source_order import SOURCE_ORDERS
from engine.store.catalogue import ModelInfo
from webapp import i18n
from webapp.i18n import N_, counted, t

LANGUAGE = {
    "en": N_("English"),
    "fr": N_("French"),
    "zh": N_("Chinese"),
    "de": N_("German"),
    "ja": N_("Japanese"),
}
LABEL = {"negative": N_("negative"), "positive": N_("positive")}
# How a classifier makes one vector of many: its kind, and what stands in attention's place where there is none.
CLASSIFIER = {
    ("han", "attention"): N_("HAN"),
    ("han", "average"): N_("HAN, average instead of attention"),
    ("han", "max"): N_("HAN, maximum instead of attention"),
    ("bilstm", "attention"): N_("BiLSTM with attention"),
    ("bilstm", "average"): N_("BiLSTM, average instead of attention"),
    ("bilstm", "max"): N_("BiLSTM, maximum instead of attention"),
    ("modernbert", "attention"): N_("Transformer"),
}
CORPUS = {
    "imdb": N_("film reviews"),
    "chinese_reviews/hotel": N_("hotel reviews"),
    "chinese_reviews/shopping": N_("reviews of goods"),
}


# Of the papers' formulas, how ours differ from them.
PHRASES = (
    N_("without its product term"),
    N_("with a linear a(h)"),
    N_("made deeper as"),
    N_("without feeding back the last word"),
)


def language(code: str | None) -> str:
    """The name of a language; its code where we have no name for it."""
    return t(LANGUAGE[code]) if code in LANGUAGE else code or "?"


def coded(code: str) -> str:
    """The name of a language by the code that a model has for it (fra_Latn, fr_XX, fr), in the visitor's language; the
    code stands behind it."""
    try:
        named = Locale.parse(code.removesuffix("_XX").replace("-", "_")).get_language_name(i18n.language())
    except (UnknownLocaleError, ValueError):
        return code
    return f"{named} · {code}" if named else code


def score(name: str) -> str:
    """The name of a scoring function."""
    return t(SCORES[name].label)


def mechanism(info: ModelInfo) -> str:
    """The scoring function of a translator, with its window and its selection where they are not the usual ones, and
    whether it was told where to look; empty for a model that has none of ours."""
    function, view, choosing = info.form
    if not function:
        return ""
    parts = [score(function)]
    parts += [window(view, info.window_width)] if view != "global" else []
    parts += [selection(choosing)] if choosing != "soft" else []
    parts += [t(NULL_KEY.label)] if info.null_key else []
    parts += [t("supervised")] if info.supervised else []
    return " · ".join(parts)


def window(name: str, width: int) -> str:
    """The name of a window, with how far it reaches where that is not the usual way."""
    reach = "" if width in (0, WIDTH) or name == "global" else f", D = {width}"
    return t(WINDOWS[name].label) + reach


def selection(name: str, *, null_key: bool = False) -> str:
    """The name of a selection, or of the null key where there is one beside the usual selection."""
    parts = [t(SELECTIONS[name].label)] if name != "soft" or not null_key else []
    return " · ".join([*parts, t(NULL_KEY.label)] if null_key else parts)


def favours(info: ModelInfo) -> bool:
    """Whether a window of its own multiplies its weights, so that a row may add up to less than 100 %."""
    _, window, selection = info.form
    if window not in WINDOWS or selection not in SELECTIONS:
        return False
    return WINDOWS[window].favours and not SELECTIONS[selection].chooses


def meaning(score: str) -> str:
    """One sentence about a scoring function; `state` is the decoder's, `word` one of the source."""
    return t(SCORES[score].meaning)


def source(paper: str) -> str:
    """Where a formula stands in a paper, its authors and title as they are."""
    paper = re.sub(r"equations (\d+) and (\d+)", lambda at: t("equations {0} and {1}").format(*at.groups()), paper)
    paper = re.sub(r"equation (\d+)", lambda at: t("equation {0}").format(at[1]), paper)
    paper = re.sub(r"section (\d(?:[\d.]*\d)?)", lambda at: t("section {0}").format(at[1]), paper)
    paper = re.sub(r"appendix ([A-Z0-9.]*[A-Z0-9])", lambda at: t("appendix {0}").format(at[1]), paper)
    for phrase in PHRASES:
        paper = paper.replace(phrase, t(phrase))
    return paper


def label(name: str) -> str:
    """What a class is called; labels of one's own data stay as they are."""
    return t(LABEL[name]) if name in LABEL else name


def kind(info: ModelInfo) -> tuple[str, str]:
    """What a classifier is ("han", "bilstm", "modernbert"), and how it pools ("attention", "average", "max")."""
    return str(info.config.get("model_type", "")).removeprefix("alignscope-"), _choice(info, "pooling") or "attention"


def pieces(info: ModelInfo) -> bool:
    """Whether a classifier reads pieces of words in layers, so that there is more than one way to weigh its words."""
    return kind(info)[0] == "modernbert"


def rank(info: ModelInfo) -> int:
    """Where a classifier stands among its kin: attention first, then what takes its place."""
    return [*CLASSIFIER, kind(info)].index(kind(info))


def classifier(info: ModelInfo, *, short: bool = False) -> str:
    """A classifier in words; `short` leaves out what it reads, where only models of one corpus are shown."""
    how = CLASSIFIER.get(kind(info))
    kind_name = t(how) if how else info.name
    corpora = [str(corpus) for corpus in info.config.get("corpora", ())]
    known = [t(CORPUS[corpus]) if corpus in CORPUS else corpus for corpus in corpora]
    reads = [language(info.source_language), ", ".join(known)]
    own = [info.name] if info.name.startswith("run:") else []
    return " · ".join(part for part in [*([] if short else reads), kind_name, *own] if part)


TRANSFORMER = {
    "translation": N_("translates"),
    "classification": N_("classifies"),
    "language": N_("language model"),
}


def transformer(info: ModelInfo) -> str:
    """A Transformer in words: what it reads, what it does."""
    reads = language(info.source_language)
    if info.target_language:
        reads = f"{reads} → {language(info.target_language)}"
    does = TRANSFORMER.get(info.task)
    return " · ".join(
        [
            reads,
            t("Transformer"),
            t(does) if does else info.task,
            *([info.name] if info.name.startswith("run:") else []),
        ]
    )


def _choice(info: ModelInfo, name: str) -> str:
    choices = info.config.get("model")
    return str(choices.get(name, "")) if isinstance(choices, dict) else ""


def decoder(design: str) -> str:
    """The name of one of the four decoders as they are taught."""
    return t(DECODERS[design].label)


def order(source_order: str) -> str:
    """The name of an order in which an encoder reads the words."""
    return t(SOURCE_ORDERS[source_order].label)


def _wiring(info: ModelInfo) -> list[str]:
    """What tells a recurrent translator from the usual one, which attends after its cell to an encoder of both
    directions and feeds what it saw into the next step."""
    if info.attends:
        placed = {"before": t("before the cell"), "after": t("without input feeding")}.get(info.placement)
        forward = t("forward encoder") if info.direction == "forward" else None
        return [part for part in (placed, forward) if part]
    read = info.source_order
    known = [order(read)] if read in SOURCE_ORDERS and read != "as_is" else []
    return [t("no attention"), *([decoder(info.design)] if info.design in DECODERS else []), *known]


def model(info: ModelInfo) -> str:
    """What a model does, in words; a run bears its own name too."""
    does = f"{language(info.source_language)} → {language(info.target_language)}"
    kind = t("Transformer") if info.cross_heads != (1, 1) else mechanism(info)
    parts = [does, kind, *_wiring(info)] + ([info.name] if info.name.startswith("run:") else [])
    return " · ".join(part for part in parts if part)


def any_model(info: ModelInfo) -> str:
    """A model of whichever task in words, as the menus of its own pages name it."""
    if info.task == "translation":
        return model(info)
    if info.task == "classification":
        return classifier(info)
    if info.task == "couplet":
        return _writer(info)
    return _responder(info) if info.task == "conversation" else transformer(info)


def writers(known: Mapping[str, ModelInfo]) -> dict[str, str]:
    """How each of several writers of couplets looks at the first line."""
    return {name: _writer(info) for name, info in known.items()}


def responders(known: Mapping[str, ModelInfo]) -> dict[str, str]:
    """In which language each of several models replies; how it attends where that is not as usual."""
    return {name: _responder(info) for name, info in known.items()}


def _responder(info: ModelInfo) -> str:
    own = [info.name] if info.name.startswith("run:") else []
    return " · ".join([language(info.source_language), *_wiring(info), *own])


def _writer(info: ModelInfo) -> str:
    function, view, _ = info.form
    looks = [window(view, info.window_width), score(function)] if function in SCORES and view in WINDOWS else []
    own = [info.name] if info.name.startswith("run:") else []
    return " · ".join([*looks, *_wiring(info), *own])


def models(known: Mapping[str, ModelInfo]) -> dict[str, str]:
    """What each of several models does. Where that is the same of two, it is how long they were trained that tells them
    apart, and their names where that is the same too."""
    labels = {name: model(info) for name, info in known.items()}
    for more in (lambda info: updates(info.updates), lambda info: info.name):
        often = Counter(labels.values())
        labels = {
            name: " · ".join(part for part in (label, more(known[name])) if part) if often[label] > 1 else label
            for name, label in labels.items()
        }
    return labels


def updates(count: int) -> str:
    """How long a model was trained; empty where nobody knows."""
    return counted("{count:,} update", "{count:,} updates", count).format(count=count) if count else ""
