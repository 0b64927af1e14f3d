"""Which models there are, each in words: ours, runs and models brought along, and those that others made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.store import replying
from engine.store.catalogue import ModelInfo
from webapp.gateway.current import gateway
from webapp.i18n import N_, t
from webapp.shell import names

OTHERS = "others"
TASKS = {
    "translation": N_("Translators"),
    "classification": N_("Classifiers"),
    "language": N_("Language models"),
    "couplet": N_("Writers of couplets"),
    "conversation": N_("Models that reply"),
    OTHERS: N_("Models that others made"),
}
"""What there can be, by task; models of others are of none that is known."""
OWN, GUEST = "run:", "folder:"


@dataclass(frozen=True)
class Listed:
    """One model: its name, what it is in words, its task, its languages as a code; `info` where it is ours."""

    name: str
    label: str
    task: str
    pair: str
    info: ModelInfo | None

    @property
    def own(self) -> bool:
        """Whether it was trained here or brought along."""
        return self.name.startswith(OWN)

    def holds(self, words: Iterable[str]) -> bool:
        """Whether each of some words, in small letters, stands somewhere in what is said of it."""
        corpora = self.info.config.get("corpora") if self.info else None
        learnt = " ".join(map(str, corpora)) if isinstance(corpora, list) else ""
        text = " ".join((self.name, self.label, t(TASKS.get(self.task, self.task)), learnt)).casefold()
        return all(word in text for word in words)


def known() -> dict[str, Listed]:
    """All models by name: translators first, of each task in the order of menus, those of others last."""
    listing = gateway.listing
    infos = [info for task in TASKS if task != OTHERS for info in listing.models(task).values()]
    infos += [info for info in listing.all().values() if info.task not in TASKS]
    ours = [Listed(info.name, _label(info), info.task, pair(info), info) for info in infos]
    guests = [Listed(name, name.removeprefix(GUEST), OTHERS, "", None) for name in gateway.heads.foreign_models()]
    return {model.name: model for model in [*ours, *guests]}


def _label(info: ModelInfo) -> str:
    label = names.any_model(info)
    if title := gateway.runs.title(info.name.removeprefix(OWN)) if info.name.startswith(OWN) else "":
        label = f"{label.removesuffix(info.name)}{title}"
    return f"{label} · {t('says what a reply answers')}" if replying.backwards(info) else label


def pair(info: ModelInfo) -> str:
    """The languages of a model as they stand in links: en-fr, or en where it reads and writes one alone."""
    read, written = info.source_language or "", info.target_language or ""
    return read if written in ("", read) else f"{read}-{written}"


def languages(code: str) -> str:
    """The same in words."""
    return " → ".join(names.language(part) for part in code.split("-", 1)) if code else ""


def kept(models: Iterable[Listed], task: str, pair: str, words: str) -> list[Listed]:
    """Those of a task and of languages (empty for any) that hold all the words."""
    wanted = words.casefold().split()
    alike = [model for model in models if task in ("", model.task) and pair in ("", model.pair)]
    return [model for model in alike if model.holds(wanted)]
