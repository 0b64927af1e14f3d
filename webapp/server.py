"""How the app is served: `python -m streamlit run webapp/server.py`, or `make app`.

Streamlit's own server behind our guards; models warmed up beside it; an error shows a reference and nothing else.
"""

from __future__ import annotations

import gc
import os
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from streamlit import config

from engine.errors import Refused
from webapp.gateway.current import gateway
from webapp.hosting import collector, warm
from webapp.hosting.addresses import OwnNames
from webapp.hosting.guards import (
    MEGABYTE,
    BinaryFrames,
    KnownHosts,
    NoPaths,
    SecurityHeaders,
    UploadTotal,
    security_headers,
)
from webapp.hosting.log import guard, reference
from webapp.hosting.owners import Owners
from webapp.hosting.seats import Seats
from webapp.i18n import N_, for_reader, say, t

SCRIPT = Path(os.environ.get("ALIGNSCOPE_SCRIPT", Path(__file__).with_name("app.py")))
SEATS = int(os.environ.get("ALIGNSCOPE_SEATS", "100"))
IDLE = float(os.environ.get("ALIGNSCOPE_IDLE", "600"))
UPLOADS_PER_VISITOR = 40 * MEGABYTE
UPLOADS_IN_ALL = 200 * MEGABYTE
LEAST_UPLOAD = MEGABYTE // 4  # what the smallest file counts as
FILES_WANTED = 4096  # a visit keeps about four files open
FAILED = N_("Something went wrong on our side (error {reference}). Reload the page or undo the last change.")
_OVER_TCP = [(family, socket.SOCK_STREAM) for family in (socket.AF_INET, socket.AF_INET6)]


def show_error(error: Exception) -> bool:
    """Called by Streamlit for what a page did not catch: what the visitor can mend as text, all else as a reference."""
    if isinstance(error, Refused):
        st.warning(say(error))
    else:
        st.error(t(FAILED).format(reference=reference(error)))
    return True


def server_error(request: Request, error: Exception) -> PlainTextResponse:
    """For what fails outside of any page. The guards do not see this answer, so it brings its own headers."""
    sentence = for_reader(request.headers.get("accept-language", ""), FAILED)
    return PlainTextResponse(sentence.format(reference=reference(error)), 500, security_headers())


def allow_open_files() -> None:
    """Raise the number of open files this process may have, where the system lets it."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def send_at_once() -> None:
    """Let no message wait for the last one to be acknowledged (Nagle's algorithm), on any connection to come.

    asyncio sees to that for a socket that names its protocol, and Streamlit's names none: all but the first message of
    an answer then came when the visitor's machine had acknowledged the first, which takes it 40 ms. What the listening
    socket is set to, those that it accepts inherit.
    """
    for thing in gc.get_objects():
        # By type, since what pretends to be another class may do anything when it is asked.
        if type(thing) is socket.socket and thing.fileno() >= 0 and (thing.family, thing.type) in _OVER_TCP:
            thing.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def address() -> str:
    """Where to open the app, as visitors type it."""
    host = config.get_option("server.address") or "127.0.0.1"
    if host in ("0.0.0.0", "::"):
        host = next(
            (h for h in config.get_option("server.allowedHosts") if h not in ("127.0.0.1", "localhost")), "127.0.0.1"
        )
    return f"http://{host}:{config.get_option('server.port')}"


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    guard()
    allow_open_files()
    send_at_once()
    collector.Collector().start()
    if gateway.spare_core:
        gateway.second.start()
    threading.Thread(target=warm.warm_up, name="warm-up", daemon=True).start()
    print(f"Alignscope is at {address()}   (Ctrl-C stops it)", flush=True)
    print(f"Server key, to stop anybody's training: {gateway.runs.server_key}", flush=True)
    yield
    gateway.second.stop()


app = st.App(
    SCRIPT,
    lifespan=lifespan,
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(KnownHosts),
        Middleware(Owners),
        Middleware(OwnNames, pages=SCRIPT.with_name("app_pages"), first="start", before="translate"),
        Middleware(Seats, seats=SEATS, idle=IDLE),
        Middleware(BinaryFrames),
        Middleware(NoPaths, script=SCRIPT),
        Middleware(UploadTotal, per_visitor=UPLOADS_PER_VISITOR, in_all=UPLOADS_IN_ALL, least=LEAST_UPLOAD),
    ],
    on_script_error=show_error,
    exception_handlers={Exception: server_error},
)
