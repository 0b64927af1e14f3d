"""Gives each browser a key of its own, by which it is known as the one that began a training or brought a model."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webapp.gateway.owner import COOKIE, FORM, new_key

YEAR = 365 * 24 * 3600  # seconds


class Owners:
    """Sets the cookie with each page that a browser opens, for another year; scripts cannot read it, and other sites
    cannot have it sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            return await self.app(scope, receive, send)
        key = _known(Headers(scope=scope).get("cookie", "")) or new_key()
        cookie = f"{COOKIE}={key}; Path=/; Max-Age={YEAR}; HttpOnly; SameSite=Strict"

        async def send_with_key(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_key)


def _known(header: str) -> str:
    """The key that a browser shows already; empty where it shows none that could be ours."""
    try:
        cookie = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie is not None and FORM.fullmatch(cookie.value) else ""
