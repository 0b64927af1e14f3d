"""Batch: start, see how far it is, stop, go on. What is done is kept, whatever else a visitor does."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.data.tables.table import Texts
from webapp.gateway.current import gateway
from webapp.i18n import counted, t
from webapp.shell.view import View
from webapp.views.many_texts.job import Job, Opened


def job(view: View, opened: Opened, texts: Texts) -> Job:
    """The work of this model on this column; that on an example begins by itself."""
    key = (view["model"], gateway.listing.fingerprint(view["model"]), opened.text)
    if key not in opened.jobs:
        opened.jobs[key] = Job(len(texts.texts), running=opened.language is not None)
    return opened.jobs[key]


def controls(view: View, job: Job) -> DeltaGenerator:
    """What starts and stops it; gives the place of the progress."""

    def go() -> None:
        job.running = True

    place = st.empty()
    if job.running:
        st.button(t("Cancel"), icon=":material/stop:", key=view.key("cancel"), on_click=job.stop)
        place.progress(job.done / job.size, progress(job))
    elif job.done < job.size:
        label = t("Go on") if job.done else _start(job.size)
        if job.done:
            place.info(t("Stopped after {done:,} of {all:,} texts.").format(done=job.done, all=job.size))
        st.button(label, type="primary", icon=":material/play_arrow:", key=view.key("start"), on_click=go)
    return place


def _start(count: int) -> str:
    return counted("Classify {count:,} text", "Classify {count:,} texts", count).format(count=count)


def go_on(view: View, job: Job, texts: Texts, place: DeltaGenerator) -> None:
    """Work until it is done, at the end of the page's script: any click ends this run, and the next one goes on."""
    if not job.running:
        return
    for _ in job.work(lambda first: gateway.documents.classify_many(view["model"], texts.texts, first)):
        place.progress(job.done / job.size, progress(job))
    st.rerun()


def progress(job: Job) -> str:
    """How far, how fast, how long still."""
    far = counted("{done:,} of {count:,} text", "{done:,} of {count:,} texts", job.size)
    far = far.format(done=job.done, count=job.size)
    if not job.done:
        return far
    rate = t("{rate:,.0f} a second").format(rate=job.rate)
    return " · ".join((far, rate, _left(job.seconds_left)))


def _left(seconds: float) -> str:
    if seconds > 90:
        count = round(seconds / 60)
        return counted("{count} minute left", "{count} minutes left", count).format(count=count)
    count = round(seconds)
    return counted("{count} second left", "{count} seconds left", count).format(count=count)
