"""Who asks: a key that each browser keeps, and shows with every request; it stands in no link and on no page."""

from __future__ import annotations

import re
import secrets

import streamlit as st

COOKIE = "alignscope_owner"
FORM = re.compile(r"[0-9a-f]{32}")


def new_key() -> str:
    """A key that nobody guesses, as `FORM` has it."""
    return secrets.token_hex(16)


def owner() -> str:
    """The key of the browser that shows this page; empty where it keeps none."""
    key = st.context.cookies.get(COOKIE, "")
    return key if isinstance(key, str) and FORM.fullmatch(key) else ""
