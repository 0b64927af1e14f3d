"""What the page shows, with the ids that stand in its links: which run, and what a new one would be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.attention import SCORES
from engine.data.at_hand import KNOWN
from engine.data.own import stored
from engine.errors import Refused
from engine.runs import queue
from engine.runs.queue import GOING, Run
from engine.training import recipes
from engine.training.recipes import NETWORKS, SCORED
from webapp.gateway import owner
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell import names
from webapp.shell.fields import Field, choice, count, several
from webapp.shell.view import View

LONGEST = 600  # minutes of one training
MINUTES = 5
MOST_BESIDE = 11
"""Curves beside those of the open run."""
KEY = owner.SERVER_KEY
TASK = {
    "translation": N_("Translate"),
    "classification": N_("Classify texts"),
    "couplet": N_("Couplets"),
    "conversation": N_("Chat"),
    "language": N_("Continue text"),
}
NETWORK = {
    "attention": N_("Recurrent, with attention"),
    "no_attention": N_("Recurrent, without attention"),
    "transformer": N_("Transformer"),
    "han": N_("HAN"),
    "bilstm": N_("BiLSTM with attention"),
    "encoder": N_("Transformer"),
    "decoder_only": N_("Transformer"),
}
SIZE = {"small": N_("Small"), "medium": N_("Medium")}


def view() -> View:
    """The run that is open, none for the newest; those that are drawn beside it; and the choices of the form."""
    everything = list(dict.fromkeys(network for each in NETWORKS.values() for network in each))
    fields = {
        "run": _named("r", 1),
        "beside": _named("w", MOST_BESIDE),
        "task": choice("k", list(NETWORKS)),
        "corpus": choice("c", [*KNOWN, *(own.called for own in gateway.own_corpora.of(keys()[0]))], "tatoeba/en-fr"),
        "network": choice("n", everything),
        "scores": replace(several("f", list(SCORES)), default=["additive"]),
        "size": choice("z", list(SIZE)),
        "minutes": count("i", 1, LONGEST, MINUTES),
    }
    return View("train", fields, fingerprint, in_use)


def _named(param: str, most: int) -> Field:
    """At most so many names of runs with points between them; they may have been deleted since."""

    def read(value: str) -> str:
        names = value.split(".")
        if len(names) > most or not all(map(queue.NAME.fullmatch, names)):
            raise ValueError("no names of runs")
        return value

    return Field(param, "", read, lambda value: value or None)


def in_use(values: Mapping[str, Any]) -> list[str]:
    """Links to a run hold that alone; those without one hold what a new one would be."""
    form = ["task", "corpus", "network", "size", "minutes", "scores"]
    return ["run", "beside"] if values["run"] else form


def fingerprint(values: Mapping[str, Any]) -> str:
    """A link to a training means that training, whatever its weights have become."""
    return ""


def corpus(name: str) -> str:
    """What a corpus is called: the languages it goes between or is in, and its own name."""
    if not stored.is_own(name):
        return f"{spoken(*recipes.languages(name))} · {name}" if name in KNOWN else name
    try:
        own = stored.find(name)
    except Refused:
        return name
    return t("{languages} · {title} (own)").format(languages=spoken(*own.languages), title=own.title)


def spoken(source: str, target: str) -> str:
    """The languages of pairs, or that of texts."""
    return f"{names.language(source)} → {names.language(target)}" if source != target else names.language(source)


def scored(network: str) -> bool:
    return network in SCORED


def keys() -> tuple[str, ...]:
    """What this visitor can show: the key of the browser, and the server's where it was typed."""
    return owner.keys()


def opened(view: View) -> Run | None:
    """The run that is shown: the one of the link, else the one that is trained now, else the newest; None where there
    is none yet."""
    runs = gateway.runs.all()
    going = [run for run in runs.values() if run.state in GOING]
    return runs.get(view["run"]) or next(iter([*going, *runs.values()]), None)


def title(run: Run) -> str:
    """A run as menus call it; one that is gone by its title alone."""
    return gateway.runs.title(run.name) or run.request.title
