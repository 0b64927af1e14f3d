"""Batch: a table of texts in, the same table with a classifier's answers out."""

from __future__ import annotations

import streamlit as st

from engine.errors import Refused
from webapp.i18n import t
from webapp.shell import frame
from webapp.shell.heading import heading
from webapp.views.many_texts import file, results, work
from webapp.views.many_texts import job as job_of_texts

heading(
    t("Batch"),
    t("A table of texts in, the same table with the answer of a classifier for each text out."),
)
try:
    view = file.view()
except Refused as reason:
    frame.refused(reason)
    st.stop()
frame.notices(view.arrive())
try:
    opened = file.choose(view)
    texts = file.columns(view, opened)
    job = work.job(view, opened, texts)
    place = work.controls(view, job)
    below = st.empty()
    if job.done and not job.running:
        with below.container():
            results.show(view, opened, job_of_texts.results(job, texts))
    view.leave()
    work.go_on(view, job, texts, place)
except Refused as reason:
    frame.refused(reason)
    view.leave()
