"""What a page shows, as ids: kept while visitors come and go, read from a link, written into the address bar.

fields = {"model": choice("m", names), "text": text("t", "Hello"), "beam": count("b", 1, 10)}
view = View("translate", fields, fingerprint)
notes = view.arrive()          # before any widget is drawn; the widgets bear the keys view.key("beam")
...
view.leave()                   # after them
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from webapp.i18n import N_, language, t
from webapp.shell.fields import VERSION, Field

READ = ("1", "2", "3")  # versions whose links mean what they say here
REMEMBERED = 32  # addresses read and written, so that a late message with an old one is not taken for a link
FINGERPRINT = re.compile(r"[0-9a-f]{8}")

UNKNOWN = N_("This link asks for something that is not here; the page shows its default instead.")
OTHER_VERSION = N_("This link was made by another version of Alignscope; the page shows what it understood.")
MODEL_CHANGED = N_("The model has changed since this link was made, so numbers may differ.")

Fingerprint = Callable[[Mapping[str, Any]], str]
InUse = Callable[[Mapping[str, Any]], Collection[str]]


class View:
    """All that a page lets visitors set. Widgets bear the keys `key(name)`; values live in Streamlit's session.

    Streamlit forgets the value of a widget in the first run that does not draw it, so every value that is read or set
    is also kept under a key which is no widget's, and a widget that is drawn again begins with it.

    `fingerprint` names the weights behind a set of values, so that a link can tell when they have changed; it is empty
    while they are not known, as those of a model that was never fetched. `in_use` names the fields that a set of values
    makes any use of, all of them unless it is given: links hold no others.
    """

    def __init__(
        self, page: str, fields: Mapping[str, Field], fingerprint: Fingerprint, in_use: InUse | None = None
    ) -> None:
        self.page = page
        self.fields = dict(fields)
        self.fingerprint = fingerprint
        self._in_use = in_use or (lambda values: fields)

    def key(self, name: str) -> str:
        """The key of a widget; that of a field finds its value there."""
        key = f"{self.page}_{name}"
        if name in self.fields and key not in st.session_state:
            st.session_state[key] = self[name]
        return key

    def __getitem__(self, name: str) -> Any:
        key = f"{self.page}_{name}"
        if key in st.session_state:
            self._kept[name] = st.session_state[key]
        return self._kept.get(name, self.fields[name].default)

    def __setitem__(self, name: str, value: object) -> None:
        self._kept[name] = st.session_state[f"{self.page}_{name}"] = value

    def values(self) -> dict[str, Any]:
        return self.some(self.fields)

    def some(self, names: Iterable[str]) -> dict[str, Any]:
        return {name: self[name] for name in names}

    def arrive(self) -> list[str]:
        """Put every value in its place, from a link that just came in or from where the visitor left.

        Gives sentences to show, in the visitor's language: about the link, or about a file opened since the last run.
        """
        spoken, now = self._own.get("language"), language()
        self._own["language"] = now
        for name, field in self.fields.items():
            value = self[name]
            if not field.holds(value):
                value = field.default
            # A box to choose from goes on showing the words of the old language until it is told its value anew.
            if st.session_state.get(f"{self.page}_{name}", self) != value or spoken != now:
                self[name] = value
        query = {name: value for name, value in st.query_params.to_dict().items() if name != "lang"}
        notes, self.notes = self.notes, []
        if not self._is_new(query):
            return notes + self._changed()
        self._remember(query)
        return notes + self.read(query)

    def read(self, query: Mapping[str, str]) -> list[str]:
        """Take over what a link or an opened file says; what it leaves out follows from the rest or becomes the
        default, and so does what it gets wrong."""
        self._own["came"] = self.came + 1
        notes = []
        values: dict[str, Any] = {}
        version = query.get("v", str(VERSION))
        for name, field in self.fields.items():
            try:
                values[name] = (
                    field.read(query[field.param]) if field.param in query else field.left_out(values, version)
                )
            except ValueError:
                values[name] = field.default
                notes.append(t(UNKNOWN))
            self[name] = values[name]
        if version not in READ:
            notes.append(t(OTHER_VERSION))
        self._own["stamp"] = (query.get("h", ""), self.values())
        return list(dict.fromkeys(notes + self._changed()))

    def _changed(self) -> list[str]:
        """Whether the weights are others than a link named, said as soon as they are known: unless the visitor has
        gone on to something else by then."""
        stamp, linked = self._own.get("stamp", ("", {}))
        if not FINGERPRINT.fullmatch(stamp) or linked != self.values():
            return []
        now = self.fingerprint(linked)
        if now:
            del self._own["stamp"]
        return [t(MODEL_CHANGED)] if now not in ("", stamp) else []

    def leave(self) -> None:
        """Read all values once more, so that they are kept, and write them into the address bar."""
        values = self.values()
        now = st.query_params.to_dict()
        language = {name: value for name, value in now.items() if name == "lang"}
        if not self._addresses and now == language and values == {name: f.default for name, f in self.fields.items()}:
            return  # a visitor who has set nothing yet keeps a clean address
        query = self.query(values)
        self._remember(query)
        wanted = query | language
        if now != wanted:
            st.query_params.from_dict(wanted)

    def query(self, values: Mapping[str, Any] | None = None, *, whole: bool = False) -> dict[str, str]:
        """The view as parameters of an address; a text that is too long is left out, unless all is wanted."""
        values = self.values() if values is None else values
        written = {
            field.param: str(values[name]) if whole and isinstance(values[name], str) else field.write(values[name])
            for name, field in self._used(values).items()
        }
        present = {param: value for param, value in written.items() if value is not None}
        weights = self.fingerprint(values)
        return {"v": str(VERSION), **present} | ({"h": weights} if weights else {})

    def link(self) -> str | None:
        """A whole address that brings back exactly this view; None where a text is too long for one."""
        query, used = self.query() | {"lang": language()}, self._used(self.values())  # what is seen is in a language
        if any(field.param not in query for field in used.values()):
            return None
        here = urlsplit(st.context.url or "")
        return urlunsplit((here.scheme, here.netloc, here.path, urlencode(query), ""))

    def _used(self, values: Mapping[str, Any]) -> dict[str, Field]:
        used = self._in_use(values)
        return {name: field for name, field in self.fields.items() if name in used}

    @property
    def notes(self) -> list[str]:
        """What the next run has to say before anything else: finished sentences in the visitor's language."""
        return list(self._own.get("notes", []))

    @notes.setter
    def notes(self, sentences: list[str]) -> None:
        self._own["notes"] = sentences

    @property
    def came(self) -> int:
        """How many links and files were taken over: another number means that all values came together."""
        came: int = self._own.get("came", 0)
        return came

    @property
    def _kept(self) -> dict[str, Any]:
        """The last value of each field that was read or set."""
        kept: dict[str, Any] = self._own.setdefault("values", {})
        return kept

    @property
    def _own(self) -> dict[str, Any]:
        own: dict[str, Any] = st.session_state.setdefault(f"view of {self.page}", {})
        return own

    @property
    def _addresses(self) -> list[dict[str, str]]:
        addresses: list[dict[str, str]] = self._own.setdefault("addresses", [])
        return addresses

    def _remember(self, query: dict[str, str]) -> None:
        if query not in self._addresses[-1:]:
            self._addresses.append(query)
            del self._addresses[:-REMEMBERED]

    def _is_new(self, query: dict[str, str]) -> bool:
        """Whether an address comes from outside. A message on its way may still bear one that we know already."""
        if not query:
            return False
        context = get_script_run_ctx()
        if context is not None and context.is_history_navigation:
            return True
        return query not in self._addresses
