"""The pages in their groups, and what every page bears: the language, and where the sums are done."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from webapp.components import frame_page
from webapp.gateway.current import gateway
from webapp.i18n import LANGUAGES, language, t

DEVICES = {"cpu": "CPU", "cuda": "GPU"}
ICON = str(Path(__file__).parent / "assets" / "icon.png")

st.set_page_config(page_title="Alignscope", page_icon=ICON, layout="wide")
st.logo(ICON)
language()  # settles it before the control below is drawn
if st.query_params.get("lang", language()) not in LANGUAGES:
    del st.query_params["lang"]  # it would go along into every link that is copied, and mean nothing there

page = st.navigation(
    {
        t("Explore"): [
            st.Page("app_pages/start.py", title=t("Start here"), icon=":material/flag:", default=True),
            st.Page("app_pages/translate.py", title=t("Translate"), icon=":material/translate:", url_path="translate"),
            st.Page("app_pages/documents.py", title=t("Documents"), icon=":material/article:", url_path="documents"),
            st.Page("app_pages/many_texts.py", title=t("Batch"), icon=":material/table_rows:", url_path="many_texts"),
            st.Page(
                "app_pages/self_attention.py",
                title=t("Self-attention"),
                icon=":material/blur_on:",
                url_path="self_attention",
            ),
            st.Page(
                "app_pages/step_by_step.py",
                title=t("Step by step"),
                icon=":material/calculate:",
                url_path="step_by_step",
            ),
            st.Page("app_pages/chat.py", title=t("Chat"), icon=":material/forum:", url_path="chat"),
            st.Page("app_pages/couplets.py", title=t("Couplets"), icon=":material/history_edu:", url_path="couplets"),
        ],
        t("Compare"): [
            st.Page(
                "app_pages/mechanisms.py", title=t("Mechanisms"), icon=":material/grid_view:", url_path="mechanisms"
            ),
            st.Page(  # links from before
                "app_pages/moved/scoring_functions.py",
                title=t("Mechanisms"),
                url_path="scoring_functions",
                visibility="hidden",
            ),
            st.Page(
                "app_pages/without_attention.py",
                title=t("Without attention"),
                icon=":material/visibility_off:",
                url_path="without_attention",
            ),
        ],
        t("Train"): [
            st.Page("app_pages/train.py", title=t("Train"), icon=":material/school:", url_path="train"),
            st.Page("app_pages/replay.py", title=t("Replay"), icon=":material/replay:", url_path="replay"),
            st.Page("app_pages/models.py", title=t("Models"), icon=":material/inventory_2:", url_path="models"),
        ],
    },
    expanded=True,  # more than a dozen pages would else be cut off behind a button
)
page.run()

with st.sidebar:
    st.segmented_control(
        t("Language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key="language",
        required=True,
        label_visibility="collapsed",
    )
    st.caption(t("Running on {device}").format(device=DEVICES.get(gateway.device, gateway.device)))
    frame_page(language(), t)
