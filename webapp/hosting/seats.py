"""How many may visit at a time, and who gives up a place when another wants one."""

from __future__ import annotations

import asyncio
import html
import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webapp.i18n import N_, accepted, for_reader

STREAM = "/_stcore/stream"
NOT_A_PAGE = ("/_stcore/", "/static/", "/media/", "/component/")
SILENT = 10.0  # seconds; a browser speaks as soon as it is connected

RETRY = 20  # seconds
PAGE = """<!doctype html><html lang="{code}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Alignscope</title><body style="font:1.1rem/1.6 sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem">
<p>{sentence}</p>"""
FULL = N_("All places ({seats}) are taken just now. This page tries again by itself every {seconds} seconds.")


class Visit:
    """One connection: when its visitor was last heard of, and whether the place was given to another."""

    def __init__(self, now: float) -> None:
        self.heard = now
        self.spoke = False
        self.over = asyncio.Event()

    async def receive(self, receive: Receive, send: Send, clock: Callable[[], float]) -> Message:
        """The next message, or the end of the visit where the place was given away meanwhile."""
        coming, over = asyncio.ensure_future(receive()), asyncio.ensure_future(self.over.wait())
        try:
            await asyncio.wait((coming, over), return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                await send({"type": "websocket.close", "code": 1013, "reason": "the place was given to another"})
                return {"type": "websocket.disconnect", "code": 1013}
            message = coming.result()
            if message["type"] == "websocket.receive":
                self.heard, self.spoke = clock(), True
            return message
        finally:
            coming.cancel()
            over.cancel()


class Seats:
    """At most `seats` open visits; whoever comes later is told so in a plain page that tries again.

    A newcomer gets the place of the visitor who has been silent longest, where that is more than `idle` seconds, or the
    place of a connection that never said anything. A browser that comes back after it lost its place is no newcomer:
    else those who are away would take the places from each other all the time.
    """

    def __init__(self, app: ASGIApp, seats: int, idle: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self.seats = seats
        self.idle = idle
        self.clock = clock
        self.visits: set[Visit] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == STREAM:
            return await self._visit(scope, receive, send)
        page = scope["type"] == "http" and not scope["path"].startswith(NOT_A_PAGE)
        if page and len(self.visits) >= self.seats and self.idler() is None:
            return await self._full(scope)(scope, receive, send)
        await self.app(scope, receive, send)

    def _full(self, scope: Scope) -> HTMLResponse:
        wanted = Headers(scope=scope).get("accept-language", "")
        sentence = for_reader(wanted, FULL).format(seats=self.seats, seconds=RETRY)
        content = PAGE.format(code=accepted(wanted), sentence=html.escape(sentence))
        return HTMLResponse(content, 503, {"Retry-After": str(RETRY), "Refresh": str(RETRY), "Vary": "Accept-Language"})

    async def _visit(self, scope: Scope, receive: Receive, send: Send) -> None:
        if len(self.visits) >= self.seats:
            idler = None if comes_back(scope) else self.idler()
            if idler is None:
                return await send({"type": "websocket.close", "code": 1013, "reason": "all places are taken"})
            self.visits.discard(idler)
            idler.over.set()
        visit = Visit(self.clock())
        self.visits.add(visit)
        try:
            await self.app(scope, lambda: visit.receive(receive, send, self.clock), send)
        finally:
            self.visits.discard(visit)

    def idler(self) -> Visit | None:
        """Who gives up a place first: the visitor silent longest of those silent for too long."""
        now = self.clock()
        idle = [
            visit for visit in self.visits if now - visit.heard > (self.idle if visit.spoke else min(self.idle, SILENT))
        ]
        return min(idle, key=lambda visit: visit.heard, default=None)


def comes_back(scope: Scope) -> bool:
    """Whether a browser names the session that it had: the third of what it offers to speak."""
    offered = Headers(scope=scope).get("sec-websocket-protocol", "").split(",")
    return len(offered) > 2 and bool(offered[2].strip())
