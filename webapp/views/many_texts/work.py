"""Batch: start, see how far it is, stop, go on. What is done is kept, whatever else a visitor does."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.data.tables.table import Texts
from webapp.gateway.current import gateway
from webapp.i18n import t
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
        label = t("Go on") if job.done else t("Classify {count:,} texts").format(count=job.size)
        if job.done:
            place.info(t("Stopped after {done:,} of {all:,} texts.").format(done=job.done, all=job.size))
        st.button(label, type="primary", icon=":material/play_arrow:", key=view.key("start"), on_click=go)
    return place


def go_on(view: View, job: Job, texts: Texts, place: DeltaGenerator) -> None:
    """Work until it is done, at the end of the page's script: any click ends this run, and the next one goes on."""
    if not job.running:
        return
    for _ in job.work(lambda first: gateway.documents.classify_many(view["model"], texts.texts, first)):
        place.progress(job.done / job.size, progress(job))
    st.rerun()


def progress(job: Job) -> str:
    """How far, how fast, how long still."""
    if not job.done:
        return t("{done:,} of {all:,} texts").format(done=0, all=job.size)
    left = job.seconds_left
    said = (
        t("{done:,} of {all:,} texts · {rate:,.0f} a second · {left:.0f} minutes left")
        if left > 90
        else t("{done:,} of {all:,} texts · {rate:,.0f} a second · {left:.0f} seconds left")
    )
    return said.format(done=job.done, all=job.size, rate=job.rate, left=left / 60 if left > 90 else left)
