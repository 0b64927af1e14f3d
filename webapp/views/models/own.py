"""Models of one's own: brought as a zip file, taken along as one, deleted, and brought back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from engine.errors import Refused
from webapp.gateway import owner, stored
from webapp.gateway.current import gateway
from webapp.i18n import say, t, verbatim
from webapp.shell import uploads
from webapp.shell.frame import drawer
from webapp.shell.view import View
from webapp.views.models.described import megabytes
from webapp.views.models.listed import Listed
from webapp.views.shared import deleted

COMING, DELETED, TURN = "models coming", "models deleted", "models bring turn"
MEGABYTES = stored.LARGEST // 2**20
FORM = ["zip"]


@dataclass(eq=False)
class Coming:
    """An archive that a visitor has sent and that nobody has looked at yet."""

    name: str
    content: bytes


def arrive(view: View) -> None:
    """What became of the last thing a visitor did: before any widget is drawn, for the model that came is opened."""
    coming: Coming | None = st.session_state.pop(COMING, None)
    if coming is not None:
        _take_in(view, coming)
    if DELETED in st.session_state:
        _undo(view, st.session_state[DELETED])


def _take_in(view: View, coming: Coming) -> None:
    looking = t("{file} is being looked at: its files, its weights, and whether it answers. This takes some seconds.")
    with st.spinner(looking.format(file=verbatim(coming.name))):
        try:
            uploads.models.enter(coming, len(coming.content))
            name = gateway.stored.bring(coming.content, PurePath(coming.name).stem, owner.owner())
        except Refused as reason:
            st.warning(
                t("{file} was not taken in. {reason}").format(file=verbatim(coming.name), reason=say(reason)),
                icon=":material/info:",
            )
            return
    view["model"], view["second"] = name, "none"
    st.success(
        t("{model} is here and stands in all menus, for everybody on this server.").format(model=verbatim(name)),
        icon=":material/check:",
    )


def bring(view: View) -> None:
    """The box to drop a zip file in, what may be in it, and what to do without one."""
    place = drawer(t("Bring a model"), "upload", view.key("bring"))
    if not place.open:
        return
    turn = st.session_state.setdefault(TURN, 0)
    key = view.key(f"upload_{turn}")

    def take() -> None:
        file = st.session_state.get(key)
        if not isinstance(file, UploadedFile):
            return
        st.session_state[TURN] = turn + 1  # another box, so that the same file can come again
        st.session_state[view.key("bring")] = False
        try:
            st.session_state[COMING] = Coming(file.name, uploads.claimed(file, stored.LARGEST))
        except Refused as reason:
            view.notes = [say(reason)]

    with place:
        st.caption(
            t(
                "A model's folder as a zip file, such as Download gives here or `python -m engine pack` writes. "
                "Weights in safetensors only; everything in it is checked before it stands in the menus. Everybody on "
                "this server can then use it; only this browser can delete it."
            )
        )
        st.file_uploader(
            t("Zip file of a model"),
            type=FORM,
            key=key,
            on_change=take,
            max_upload_size=MEGABYTES,
            label_visibility="collapsed",
        )
        if not any(gateway.stored.mine(name, owner.owner()) for name in gateway.listing.all()):
            st.caption(t("None of the models here is yours yet: bring one, or train one."))
            st.page_link("app_pages/train.py", label=t("Train"), icon=":material/school:")


def take_along(view: View, model: Listed) -> None:
    """The model as one file; its size is said before anything is made."""
    info = model.info
    if info is None:
        return
    st.download_button(
        t("Download ({size})").format(size=megabytes(stored.size(info))),
        lambda: gateway.stored.packed(info),
        file_name=f"{info.folder.name}.zip",
        mime="application/zip",
        icon=":material/download:",
        key=view.key("download"),
        on_click="ignore",
        help=t("A zip file with weights, tokenizer, card, figures and train.toml."),
    )
    if gateway.stored.mine(model.name, *owner.keys()):
        st.button(
            t("Delete"), icon=":material/delete:", key=view.key("delete"), on_click=_delete, args=(view, model.name)
        )


def _delete(view: View, name: str) -> None:
    try:
        gateway.stored.delete(name, *owner.keys())
    except Refused as reason:
        view.notes = [say(reason)]
        return
    st.session_state[DELETED] = name


def _undo(view: View, name: str) -> None:
    """For whoever deleted a model just now."""

    def back() -> None:
        del st.session_state[DELETED]
        try:
            gateway.stored.restore(name, *owner.keys())
            view["model"] = name
        except Refused as reason:
            view.notes = [say(reason)]

    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(t("{model} was deleted.").format(model=verbatim(name)))
        st.button(t("Undo"), icon=":material/undo:", key=view.key("undo"), on_click=back)


def deleted_lately(view: View) -> None:
    """For whoever deleted models, now or long ago."""
    titles = gateway.stored.deleted(*owner.keys())
    deleted.show(view, titles, lambda name: gateway.stored.restore(name, *owner.keys()), "model")
