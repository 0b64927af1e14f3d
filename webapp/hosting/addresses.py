"""Addresses that people type by hand."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class OwnNames:
    """Leads a page's name, however it is written (`/Chat`, `/step-by-step/`), to its page, and the name of the page
    that opens first, which has no path of its own, to the root. Streamlit would say that there is no such page.

    `pages` is the folder of their scripts, `first` the name of the one that opens first.
    """

    def __init__(self, app: ASGIApp, pages: Path, first: str) -> None:
        self.app = app
        self.paths = {file.stem: f"/{file.stem}" for file in pages.rglob("*.py")} | {first: "/"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            name = scope["path"].strip("/").lower().replace("-", "_").replace(" ", "_")
            path = self.paths.get(name, scope["path"])
            if path != scope["path"]:
                query = scope["query_string"].decode("latin-1")
                address = f"{scope.get('root_path', '')}{path}" + (f"?{query}" if query else "")
                return await RedirectResponse(address)(scope, receive, send)
        await self.app(scope, receive, send)
