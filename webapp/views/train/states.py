"""How a training stands, in words."""

from __future__ import annotations

import math

from engine.runs import activity
from engine.runs.activity import Activity
from engine.runs.queue import Run
from webapp.i18n import N_, counted, joined, say, t

STATE = {
    "waiting": N_("waiting"),
    "starting": N_("starting"),
    "running": N_("in training"),
    "stopping": N_("stopping"),
    "interrupted": N_("interrupted"),
    "stopped": N_("stopped"),
    "finished": N_("finished"),
    "failed": N_("failed"),
}
DOING = {
    "fetching": N_("The corpus is fetched."),
    "reading": N_("The corpus is read."),
    "cutting": N_("It learns into which subwords or words its texts are cut."),
    "encoding": N_("The texts are cut into subwords or words."),
    "measuring": N_("A few updates are tried, to see how many fit the minutes that it may take."),
}


def sentence(run: Run) -> str:
    """All that is to be known of how a run stands, as markdown."""
    if run.state == "waiting":
        return _waiting(run)
    if run.state == "starting":
        return _preparing(run)
    if run.state == "running":
        return _running(run)
    if run.state == "stopping":
        return t("It stops after the update that it is at, and the best model until then is stored.")
    if run.state == "interrupted":
        if run.place:
            return t(
                "It was interrupted, and what it had learnt until its last checkpoint is there. It goes on by itself."
            )
        return t("It was interrupted, and what it had learnt until its last checkpoint is there.")
    return _ended(run)


def _waiting(run: Run) -> str:
    if run.place == 1:
        return t("It is next, and begins in a moment.")
    return t("It is number {place} in the queue: one is trained at a time.").format(place=run.place)


def _preparing(run: Run) -> str:
    """What is done before the first update."""
    return doing(activity.read(run.folder))


def doing(now: Activity | None) -> str:
    """What a process does before it learns; None before it does anything."""
    if now is None:
        return t("It begins: the programs that it needs are loaded.")
    if now.doing == "fetching" and now.total:
        return t("The corpus is fetched: {done:.1f} of {total:.1f} MB.").format(
            done=now.done / 1e6, total=now.total / 1e6
        )
    return t(DOING[now.doing])


def _running(run: Run) -> str:
    if run.point is None:
        return _preparing(run)
    reached = t("Update {step:,} of {updates:,}.").format(step=run.point.step, updates=run.point.updates)
    return joined(reached, _left(run))


def _left(run: Run) -> str:
    """How long it takes to the end, at the pace until now."""
    point = run.point
    if point is None or not point.step:
        return ""
    seconds = (point.updates - point.step) * point.seconds / point.step
    if seconds < 90:
        return counted("About {count} second left.", "About {count} seconds left.", round(seconds)).format(
            count=round(seconds)
        )
    minutes = math.ceil(seconds / 60)
    return counted("About {count} minute left.", "About {count} minutes left.", minutes).format(count=minutes)


def _ended(run: Run) -> str:
    end = run.outcome
    if end is not None and end.refusal is not None:
        return say(end.refusal)
    best = t("Its best update was {best:,}, and the model of that one is stored.").format(
        best=end.best_update if end else 0
    )
    best = best if run.stored and end is not None and end.best_update else ""
    if run.state == "finished":
        return joined(t("It is finished."), best)
    if end is None:
        return t("It was taken out of the queue before it began.") if run.point is None else t("It was stopped.")
    reached = t("It was stopped after update {update:,}, and can go on from there.").format(update=end.update)
    return joined(reached, best or t("There is no model of it yet."))
