"""Addresses that people type by hand."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# What an address may say of any page: anything else at the root is a view of the page that stood there before.
OF_ANY_PAGE = {"lang", "embed", "embed_options"}


class OwnNames:
    """Leads a page's name, however it is written (`/Chat`, `/step-by-step/`), to its page, and the name of the page
    that opens first, which has no path of its own, to the root. Streamlit would say that there is no such page.

    `pages` is the folder of their scripts, `first` the name of the one that opens first, and `before` that of the one
    which did so once: links to the root that carry a view are links to it, and lead there with all they say. They do so
    before the app is loaded, so that the browser's back button never meets the root in between.
    """

    def __init__(self, app: ASGIApp, pages: Path, first: str, before: str) -> None:
        self.app = app
        self.paths = {file.stem: f"/{file.stem}" for file in pages.rglob("*.py")} | {first: "/"}
        self.before = self.paths.get(before, "/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            query = scope["query_string"].decode("latin-1")
            path = self._leads(scope["path"], query)
            if path != scope["path"]:
                address = f"{scope.get('root_path', '')}{path}" + (f"?{query}" if query else "")
                return await RedirectResponse(address)(scope, receive, send)
        await self.app(scope, receive, send)

    def _leads(self, path: str, query: str) -> str:
        """Where a path leads."""
        name = path.strip("/").lower().replace("-", "_").replace(" ", "_")
        leads = self.paths.get(name, path)
        if leads == "/" and any(param not in OF_ANY_PAGE for param, _ in parse_qsl(query, keep_blank_values=True)):
            return self.before
        return leads
