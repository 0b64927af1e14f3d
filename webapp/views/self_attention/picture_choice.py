"""Which picture a vision model is shown: an example, or one that the visitor brings."""

from __future__ import annotations

import re

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from engine.errors import Refused
from webapp.examples.pictures import NAMES, content
from webapp.i18n import N_, say, t
from webapp.shell import controls, uploads
from webapp.shell.fields import Field
from webapp.shell.uploads import Photo
from webapp.shell.view import View
from webapp.views.self_attention import edits
from webapp.views.shared import made

HELD = "attention picture"
"""Where the visitor's own picture lies, in their session alone."""
LONGEST_NAME = 60  # characters of a file's name that are shown
OWN = re.compile(r"own-[0-9a-f]{8}", re.ASCII)
LACKS = N_(
    "Neither the link nor the JSON file contains your picture: whoever opens it has to choose that file again. "
    "Everything else is restored."
)


def field(param: str) -> Field:
    """An example by its name, or "own-" and eight digits of the hash of a picture of one's own."""

    def read(value: str) -> str:
        if value not in NAMES and not OWN.fullmatch(value):
            raise ValueError("no picture")
        return value

    return Field(param, next(iter(NAMES)), read)


def choose(view: View) -> None:
    """The box for a picture of one's own, and the examples beside it."""
    upload, examples = st.columns([3, 2], gap="medium")
    with upload:
        _upload(view)
    with examples:
        _examples(view)


def chosen(view: View) -> Photo:
    """The picture that the view asks for. Raises Refused where only its owner has it."""
    name = view["picture"]
    if name in NAMES:
        return Photo.of(f"{name}.png", content(name))
    own = _own()
    if own is not None and _id(own) == name:
        return own
    raise Refused(
        "This view was made of a picture that no link can carry: choose that file above, or take one of the examples."
    )


def is_own(view: View) -> bool:
    """Whether the picture is one that the visitor brought, and no example."""
    return view["picture"] not in NAMES


def _own() -> Photo | None:
    held = st.session_state.get(HELD)
    return held if isinstance(held, Photo) else None


def _id(photo: Photo) -> str:
    return f"own-{photo.digest[:8]}"


def _upload(view: View) -> None:
    turns = view.key("upload turn")
    turn: int = st.session_state.setdefault(turns, 0)
    key = view.key(f"picture_file_{turn}")

    def take() -> None:
        file = st.session_state.get(key)
        if not isinstance(file, UploadedFile):
            return
        st.session_state[turns] = turn + 1  # an empty box again: what was in it is now the picture of the page
        photo = Photo.of(file.name, uploads.claimed(file))
        try:
            uploads.pictures.enter(photo, len(photo.content))
        except Refused as reason:
            view.notes = [say(reason)]
            return
        st.session_state[HELD] = photo
        _show(view, _id(photo))

    st.file_uploader(
        t("A picture of your own (PNG, JPEG or WebP)"),
        type=["png", "jpg", "jpeg", "webp"],
        key=key,
        on_change=take,
        max_upload_size=uploads.MEGABYTES,
        help=t("Kept on this machine and deleted when you leave."),
    )


def _examples(view: View) -> None:
    options = {name: t(label) for name, label in NAMES.items()}
    own = _own()
    if own is not None:
        options[_id(own)] = t("Your picture")
    marked = view["picture"] if view["picture"] in options else None
    controls.offered(view, "photo", t("Or an example"), options, marked, lambda name: _show(view, name), shown=True)
    if own is not None and marked == _id(own):
        st.text(own.name[:LONGEST_NAME])


def _show(view: View, name: str) -> None:
    """Another picture: what is open stays, but for the square that was chosen in the old one."""
    if view["picture"] == name:
        return  # a link to this very picture brought its square along
    view["picture"] = name
    view["query"] = view["key"] = view["of"] = 0
    made.only(view, "edits", edits.not_of_one_cell)
