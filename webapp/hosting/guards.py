"""What stands between the network and the app: headers on every answer, known hosts, what frames hold, uploads."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from webapp.i18n import N_, for_reader

MEGABYTE = 2**20
UPLOAD = "/_stcore/upload_file/"
# Streamlit answers these to anybody; nobody here needs them.
CLOSED = ("/_stcore/metrics", "/_stcore/agent")
OTHER_HOST = N_("This address is not one that Alignscope was started for (HOST, NAME).")
TOO_MUCH = N_("Too much is uploaded already (up to {limit} MB a visitor): remove a file first.")


def _for_reader(scope: Scope, sentence: str) -> str:
    return for_reader(Headers(scope=scope).get("accept-language", ""), sentence)


def inline_scripts() -> list[str]:
    """CSP sources for the scripts written into Streamlit's own page; they change with its versions."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    bodies = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", page, flags=re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" for body in bodies]


def security_headers() -> dict[str, str]:
    """Sent with every answer. Styles may stand inline, since Streamlit writes its theme so; scripts may not."""
    policy = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *inline_scripts()]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self' blob:",
        "worker-src": "'self' blob:",
        "connect-src": "'self'",
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()",
    }


class SecurityHeaders:
    """Adds the headers to every HTTP answer; the outermost guard, so that the others' refusals carry them too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = security_headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class KnownHosts:
    """Answers only to `server.allowedHosts`, which Streamlit asks of its websocket alone; shuts doors nobody needs."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if not is_host_allowed(Headers(scope=scope).get("host")):
                answer = PlainTextResponse(_for_reader(scope, OTHER_HOST), 400)
                return await answer(scope, receive, send)
            if scope["path"].startswith(CLOSED):
                return await PlainTextResponse("Not found", 404)(scope, receive, send)
        await self.app(scope, receive, send)


class BinaryFrames:
    """Ends a visit that sends text: browsers speak to Streamlit in binary, and Streamlit would log a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def receive_binary() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and message.get("bytes") is None:
                await send({"type": "websocket.close", "code": 1003})
                return {"type": "websocket.disconnect", "code": 1003}
            return message

        await self.app(scope, receive_binary if scope["type"] == "websocket" else receive, send)


class NoPaths:
    """Takes the folder of the app out of the message that begins each run, where Streamlit writes it."""

    def __init__(self, app: ASGIApp, script: Path) -> None:
        self.app = app
        self.folder = str(script.resolve().parent).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_without(message: Message) -> None:
            content = message.get("bytes")
            if content is not None and self.folder in content:
                message = {**message, "bytes": self.without(content)}
            await send(message)

        await self.app(scope, receive, send_without if scope["type"] == "websocket" else send)

    def without(self, content: bytes) -> bytes:
        """The message with the script's bare name; any other as it is."""
        message = ForwardMsg.FromString(content)
        if message.WhichOneof("type") == "new_session":
            message.new_session.main_script_path = Path(message.new_session.main_script_path).name
        return message.SerializeToString()


class UploadTotal:
    """Caps what uploaded files hold in memory, for one visitor and for all (bytes); Streamlit caps one file only.

    Each file counts as `least` bytes at least, so that nobody can bring any number of empty ones.
    """

    def __init__(self, app: ASGIApp, per_visitor: int, in_all: int, least: int) -> None:
        self.app = app
        self.least = least
        self.per_visitor = per_visitor
        self.in_all = in_all
        self.on_the_way: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("PUT", "POST") or not scope["path"].startswith(UPLOAD):
            return await self.app(scope, receive, send)
        session = scope["path"].removeprefix(UPLOAD).partition("/")[0]
        length = Headers(scope=scope).get("content-length", "")
        # Without a length the file may be as large as Streamlit lets one file be.
        size = int(length) if length.isdecimal() else config.get_option("server.maxUploadSize") * MEGABYTE
        size = max(size, self.least)
        held = self.held()
        if sum(held.values()) + size > self.in_all:
            forget_absent()
            held = self.held()
        if held.get(session, 0) + size > self.per_visitor or sum(held.values()) + size > self.in_all:
            limit = self.per_visitor // MEGABYTE
            answer = PlainTextResponse(_for_reader(scope, TOO_MUCH).format(limit=limit), 413)
            return await answer(scope, receive, send)
        self.on_the_way[session] = self.on_the_way.get(session, 0) + size
        try:
            await self.app(scope, receive, send)
        finally:
            self.on_the_way[session] -= size
            if not self.on_the_way[session]:
                del self.on_the_way[session]

    def held(self) -> dict[str, int]:
        """Bytes of uploaded files by session, those that are being sent included."""
        held = {
            session: sum(max(len(f.data), self.least) for f in list(files.values()))
            for session, files in list(uploads().file_storage.items())
        }
        for session, coming in self.on_the_way.items():
            held[session] = held.get(session, 0) + coming
        return held


def uploads() -> MemoryUploadedFileManager:
    """Where Streamlit keeps uploaded files."""
    manager = Runtime.instance().uploaded_file_mgr
    if not isinstance(manager, MemoryUploadedFileManager):
        raise TypeError(f"uploads are counted in memory, but Streamlit keeps them in {type(manager).__name__}")
    return manager


def forget_absent() -> None:
    """Drop the files of visitors who have left; Streamlit keeps them until somebody else leaves."""
    for session in list(uploads().file_storage):
        if not Runtime.instance().is_active_session(session):
            uploads().remove_session_files(session)
