"""Who asks: a key that each browser keeps, and shows with every request; it stands in no link and on no page."""

from __future__ import annotations

import re
import secrets

import streamlit as st

COOKIE = "alignscope_owner"
SERVER_KEY = "train server key"
"""Where a visit keeps the key of whoever runs the server, once it was typed on the page Train."""
FORM = re.compile(r"[0-9a-f]{32}")


def new_key() -> str:
    """A key that nobody guesses, as `FORM` has it."""
    return secrets.token_hex(16)


def owner() -> str:
    """The key of the browser that shows this page; empty where it keeps none."""
    key = st.context.cookies.get(COOKIE, "")
    return key if isinstance(key, str) and FORM.fullmatch(key) else ""


def keys() -> tuple[str, ...]:
    """What this visitor can show: the key of the browser, and the server's where it was typed."""
    return owner(), str(st.session_state.get(SERVER_KEY, ""))
