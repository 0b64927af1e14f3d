"""Guards, seats and the log, each asked by itself without a server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from engine.errors import Refused
from webapp.gateway.owner import FORM
from webapp.hosting import guards, log, seats
from webapp.hosting.addresses import OwnNames
from webapp.hosting.guards import BinaryFrames, KnownHosts, NoPaths, SecurityHeaders, UploadTotal, inline_scripts
from webapp.hosting.owners import Owners
from webapp.hosting.seats import Seats, Visit, comes_back
from webapp.i18n import LANGUAGES, accepted

Scope = dict[str, Any]


class App:
    """What stands behind a guard: it remembers what reached it and answers with 200."""

    def __init__(self) -> None:
        self.reached: list[Scope] = []
        self.received: list[Any] = []

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        self.reached.append(scope)
        if scope["type"] == "websocket":
            self.received.append(await receive())
        else:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
            await send({"type": "http.response.body", "body": b"ok"})


def http(path: str = "/", method: str = "GET", **headers: str) -> Scope:
    encoded = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "path": path, "method": method, "headers": encoded}


def asked(guard: Any, scope: Scope, *messages: Any) -> list[Any]:
    """What a guard sends in answer."""
    sent: list[Any] = []
    coming = iter(messages)

    async def receive() -> Any:
        return next(coming)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return sent


def status(sent: list[Any]) -> int:
    return int(sent[0]["status"])


def body(sent: list[Any]) -> str:
    return b"".join(message.get("body", b"") for message in sent).decode()


# --- headers and hosts


def test_every_answer_gets_the_headers_and_keeps_its_own():
    (start, _) = asked(SecurityHeaders(App()), http())
    headers = dict(start["headers"])
    assert headers[b"x-own"] == b"1" and headers[b"x-frame-options"] == b"DENY"
    policy = dict(part.split(" ", 1) for part in headers[b"content-security-policy"].decode().split("; "))
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "'unsafe-inline'" not in policy["script-src"] and "'unsafe-eval'" not in policy["script-src"]
    assert all(hashed in policy["script-src"] for hashed in inline_scripts())


def test_scripts_of_the_page_are_allowed_by_their_very_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "static").mkdir()
    page = '<script>let a = 1</script><script src="x.js"></script><script type="module">b</script>'
    (tmp_path / "static" / "index.html").write_text(page, encoding="utf-8")
    monkeypatch.setattr(guards, "streamlit", SimpleNamespace(__file__=str(tmp_path / "__init__.py")))
    expected = [f"'sha256-{base64.b64encode(hashlib.sha256(each).digest()).decode()}'" for each in (b"let a = 1", b"b")]
    assert inline_scripts() == expected


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent", "/_stcore/agent/x"])
def test_doors_that_nobody_needs_are_shut(monkeypatch: pytest.MonkeyPatch, path: str):
    monkeypatch.setattr(guards, "is_host_allowed", lambda host: True)
    app = App()
    assert status(asked(KnownHosts(app), http(path, host="localhost"))) == 404 and not app.reached
    assert status(asked(KnownHosts(app), http("/", host="localhost"))) == 200 and len(app.reached) == 1


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "This address is not one that Alignscope was started for (HOST, NAME)."), ("zh-CN,zh;q=0.9", "Alignscope")],
)
def test_another_host_is_told_so_in_the_language_of_its_browser(
    monkeypatch: pytest.MonkeyPatch, language: str, sentence: str
):
    monkeypatch.setattr(guards, "is_host_allowed", lambda host: host == "right")
    app = App()
    answer = asked(KnownHosts(app), http(host="wrong", accept_language=language))
    assert status(answer) == 400 and sentence in body(answer) and not app.reached
    assert (body(answer) == guards.OTHER_HOST) == (language == "en")


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/Start", "/translate"),
        ("/Translate/", "/translate"),
        ("/translate", ""),
        ("/Chat", "/chat"),
        ("/chat/", "/chat"),
        ("/step-by-step", "/step_by_step"),
        ("/Self Attention", "/self_attention"),
        ("/Scoring_Functions", "/scoring_functions"),
        ("/", "/translate"),
        ("/chat", ""),
        ("/nothing", ""),
        ("//chat.example", ""),
        ("/static/chat", ""),
    ],
)
def test_a_name_of_a_page_leads_to_it_however_it_is_typed(path: str, leads: str):
    guard = OwnNames(App(), Path("webapp/app_pages"), "start", "translate")
    sent = asked(guard, http(path) | {"query_string": b"m=a%20b&lang=zh"})
    if not leads:
        assert status(sent) == 200
        return
    (location,) = [value for name, value in sent[0]["headers"] if name == b"location"]
    assert status(sent) == 307 and location == f"{leads}?m=a%20b&lang=zh".encode()


@pytest.mark.parametrize(
    ("query", "leads"),
    [
        ("", ""),
        ("lang=zh", ""),
        ("embed=true&embed_options=dark_theme&lang=en", ""),
        ("v=2&t=Hello", "/translate"),
        ("m=translation%2Fen-fr-additive&lang=zh", "/translate"),
        ("t=", "/translate"),
    ],
)
def test_a_bare_root_is_the_first_page_and_one_with_a_view_is_translate_where_it_once_stood(query: str, leads: str):
    guard = OwnNames(App(), Path("webapp/app_pages"), "start", "translate")
    sent = asked(guard, http("/") | {"query_string": query.encode()})
    locations = [value for name, value in sent[0]["headers"] if name == b"location"]
    assert locations == ([f"{leads}?{query}".encode()] if leads else [])


@pytest.mark.parametrize(
    ("message", "passes"),
    [
        ({"type": "websocket.receive", "bytes": b"x"}, True),
        ({"type": "websocket.receive", "bytes": None, "text": "x"}, False),
        ({"type": "websocket.receive", "text": "x"}, False),
        ({"type": "websocket.connect"}, True),
    ],
)
def test_a_frame_of_text_ends_the_visit(message: dict[str, Any], passes: bool):
    app = App()
    sent = asked(BinaryFrames(app), {"type": "websocket"}, message)
    assert app.received == ([message] if passes else [{"type": "websocket.disconnect", "code": 1003}])
    assert sent == ([] if passes else [{"type": "websocket.close", "code": 1003}])


def test_the_message_that_begins_a_run_bears_the_bare_name_of_the_script(tmp_path: Path):
    script = tmp_path / "secret" / "app.py"
    guard = NoPaths(App(), script)
    message = ForwardMsg()
    message.new_session.main_script_path = str(script)
    message.new_session.name = "kept"
    read = ForwardMsg.FromString(guard.without(message.SerializeToString()))
    assert (read.new_session.main_script_path, read.new_session.name) == ("app.py", "kept")
    other = ForwardMsg()
    other.delta.new_element.text.body = str(script)
    assert ForwardMsg.FromString(guard.without(other.SerializeToString())) == other


# --- uploads


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    files: dict[str, dict[str, Any]] = {}
    monkeypatch.setattr(guards, "uploads", lambda: SimpleNamespace(file_storage=files, remove_session_files=files.pop))
    return files


def upload(session: str, length: int | None, **headers: str) -> Scope:
    size = {} if length is None else {"content_length": str(length)}
    return http(f"{guards.UPLOAD}{session}/file", "PUT", **size, **headers)


def file(size: int) -> Any:
    return SimpleNamespace(data=b"x" * size)


@pytest.mark.parametrize(
    ("held", "length", "status_"),
    [(0, 100, 200), (50, 50, 200), (50, 51, 413), (0, 101, 413), (99, 1, 413), (90, 10, 200)],
)
def test_a_visitor_may_hold_so_much_and_no_more(storage: Any, held: int, length: int, status_: int):
    storage["me"] = {"a": file(held)} if held else {}
    guard = UploadTotal(App(), per_visitor=100, in_all=1000, least=10)
    assert status(asked(guard, upload("me", length))) == status_
    assert guard.on_the_way == {}


def test_what_all_hold_together_is_capped_and_those_who_left_make_room(storage: Any, monkeypatch: pytest.MonkeyPatch):
    storage["other"], storage["gone"] = {"a": file(60)}, {"a": file(90)}
    monkeypatch.setattr(guards, "forget_absent", lambda: storage.pop("gone", None))
    guard = UploadTotal(App(), per_visitor=100, in_all=160, least=1)
    assert status(asked(guard, upload("me", 100))) == 200 and "gone" not in storage
    assert status(asked(guard, upload("me", 101))) == 413


def test_a_file_without_a_length_counts_as_the_largest_and_an_empty_one_as_something(storage: Any):
    guard = UploadTotal(App(), per_visitor=3 * guards.MEGABYTE, in_all=10**9, least=guards.MEGABYTE)
    assert status(asked(guard, upload("me", None))) == 413
    storage["me"] = {str(k): file(0) for k in range(2)}
    assert status(asked(guard, upload("me", 0))) == 200
    storage["me"]["third"] = file(0)
    assert status(asked(guard, upload("me", 0))) == 413


def test_a_file_on_its_way_counts_until_it_is_there(storage: Any):
    seen: list[dict[str, int]] = []

    class Slow(App):
        async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
            seen.append(guard.held())
            if len(seen) == 1:
                await asyncio.gather(guard(upload("me", 60), receive, lambda message: refused(message)))
            await super().__call__(scope, receive, send)

    statuses: list[int] = []

    async def refused(message: Any) -> None:
        statuses.append(message.get("status", 0))

    guard = UploadTotal(Slow(), per_visitor=100, in_all=1000, least=1)
    assert status(asked(guard, upload("me", 50))) == 200
    assert seen == [{"me": 50}] and statuses[0] == 413 and guard.on_the_way == {}


@pytest.mark.parametrize(
    "scope", [http(f"{guards.UPLOAD}me/f", "DELETE"), http("/other", "PUT"), {"type": "websocket"}]
)
def test_whatever_brings_no_file_passes(storage: Any, scope: Scope):
    storage["me"] = {"a": file(5000)}
    app = App()
    asked(UploadTotal(app, per_visitor=1, in_all=1, least=1), scope, {"type": "websocket.connect"})
    assert app.reached == [scope]


def test_a_visitor_is_told_of_the_limit_in_megabytes(storage: Any):
    guard = UploadTotal(App(), per_visitor=40 * guards.MEGABYTE, in_all=10**9, least=1)
    answer = asked(guard, upload("me", 41 * guards.MEGABYTE, accept_language="en"))
    assert status(answer) == 413 and "up to 40 MB a visitor" in body(answer)


# --- seats


def visits(guard: Seats, *ages: tuple[float, bool]) -> list[Visit]:
    """Visits that were last heard of so many seconds ago."""
    made = []
    for age, spoke in ages:
        visit = Visit(guard.clock() - age)
        visit.spoke = spoke
        guard.visits.add(visit)
        made.append(visit)
    return made


def seated(count: int, idle: float = 600) -> Seats:
    return Seats(App(), count, idle, clock=lambda: 10_000.0)


def test_the_one_silent_longest_gives_up_a_place_if_silent_for_long():
    async def check() -> None:
        guard = seated(3)
        _, longest, _ = visits(guard, (700, True), (900, True), (10, True))
        assert guard.idler() is longest
        fresh = seated(3)
        visits(fresh, (600, True), (599, True), (1, True))
        assert fresh.idler() is None

    asyncio.run(check())


def test_a_connection_that_never_spoke_gives_up_its_place_after_seconds():
    async def check() -> None:
        guard = seated(3)
        silent, _ = visits(guard, (seats.SILENT + 1, False), (500, True))
        assert guard.idler() is silent
        hasty = seated(3, idle=2)
        (other,) = visits(hasty, (3, False))
        assert hasty.idler() is other  # where visitors may be silent less long than that, so may it

    asyncio.run(check())


@pytest.mark.parametrize(
    ("path", "status_"),
    [
        ("/", 503),
        ("/translate", 503),
        ("/_stcore/health", 200),
        ("/static/a.js", 200),
        ("/media/x", 200),
        ("/component/x", 200),
    ],
)
def test_where_all_seats_are_taken_pages_say_so_and_what_pages_need_still_comes(path: str, status_: int):
    async def check() -> list[Any]:
        guard = seated(1)
        visits(guard, (1, True))
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await guard(http(path), lambda: None, send)
        return sent

    sent = asyncio.run(check())
    assert status(sent) == status_
    if status_ == 503:
        headers = {name.lower(): value for name, value in sent[0]["headers"]}
        assert headers[b"retry-after"] == headers[b"refresh"] == b"20"
        assert "All places (1) are taken" in body(sent)


def websocket(offered: str = "") -> Scope:
    return {"type": "websocket", "path": seats.STREAM, "headers": [(b"sec-websocket-protocol", offered.encode())]}


@pytest.mark.parametrize(
    ("offered", "back"),
    [
        ("streamlit, xsrf, session", True),
        ("streamlit, xsrf, ", False),
        ("streamlit, xsrf", False),
        ("", False),
        ("a,b,c,d", True),
    ],
)
def test_a_browser_that_names_its_session_comes_back(offered: str, back: bool):
    assert comes_back(websocket(offered)) is back


@pytest.mark.parametrize(("offered", "let_in"), [("streamlit, xsrf", True), ("streamlit, xsrf, session", False)])
def test_only_a_newcomer_gets_the_place_of_one_who_is_away(offered: str, let_in: bool):
    async def check() -> tuple[App, list[Any], bool, int]:
        guard = seated(1)
        (away,) = visits(guard, (5000, True))
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await guard(websocket(offered), receive, send)
        return guard.app, sent, away.over.is_set(), len(guard.visits)

    app, sent, gave_up, left = asyncio.run(check())
    assert (len(app.reached) == 1) == let_in == gave_up
    assert left == (0 if let_in else 1)
    assert sent == ([] if let_in else [{"type": "websocket.close", "code": 1013, "reason": "all places are taken"}])


def test_a_visit_whose_place_was_given_away_ends_and_one_that_speaks_is_heard():
    async def check() -> None:
        sent: list[Any] = []

        async def never() -> Any:
            await asyncio.sleep(3600)

        async def send(message: Any) -> None:
            sent.append(message)

        visit = Visit(1.0)
        visit.over.set()
        ended = await visit.receive(never, send, lambda: 5.0)
        assert ended == {"type": "websocket.disconnect", "code": 1013} and sent[0]["code"] == 1013
        assert (visit.heard, visit.spoke) == (1.0, False)

        async def speak() -> Any:
            return {"type": "websocket.receive", "bytes": b"x"}

        async def connect() -> Any:
            return {"type": "websocket.connect"}

        other = Visit(1.0)
        assert (await other.receive(connect, send, lambda: 5.0))["type"] == "websocket.connect"
        assert (other.heard, other.spoke) == (1.0, False)
        assert (await other.receive(speak, send, lambda: 7.0))["bytes"] == b"x"
        assert (other.heard, other.spoke) == (7.0, True)

    asyncio.run(check())


# --- the log


def fail(kind: type[Exception], text: str) -> Exception:
    try:
        raise kind(text)
    except Exception as error:
        return error


def test_a_reference_names_the_kind_of_a_fault_and_its_lines_and_not_its_message():
    first, same = (fail(ValueError, text) for text in ("secret", "other"))
    assert log.reference(first) == log.reference(same) and len(log.reference(first)) == 8
    assert log.reference(first) != log.reference(fail(KeyError, "secret"))
    assert log.reference(ValueError()) != log.reference(first)


def test_the_log_holds_the_way_of_an_error_and_of_what_led_to_it_and_no_message():
    secret = "what a visitor" + " typed"  # no line of this file holds it, as lines of the program stand in the log
    try:
        try:
            raise KeyError(secret)
        except KeyError as cause:
            raise ValueError(secret) from cause
    except ValueError as error:
        text = log.without_message(error)
    assert secret not in text
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("  ")]
    assert lines == ["KeyError", "which led to:", "ValueError"]


def test_an_error_that_caused_itself_is_told_once():
    first, second = fail(ValueError, "x"), fail(KeyError, "y")
    first.__cause__, second.__cause__ = second, first
    assert log.without_message(first).count("ValueError") == 1


def test_an_error_raised_from_none_hides_what_came_before():
    try:
        try:
            raise KeyError("x")
        except KeyError:
            raise ValueError("y") from None
    except ValueError as error:
        assert "KeyError" not in log.without_message(error).splitlines()


@pytest.fixture
def guarded() -> Iterator[list[logging.LogRecord]]:
    """Records of a logger while the guard is set, all put back afterwards."""
    factory, hook = logging.getLogRecordFactory(), threading.excepthook
    names = ("streamlit.error_util", log.FRAMES)
    filters = {name: list(logging.getLogger(name).filters) for name in names}
    records: list[logging.LogRecord] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record not in records:
                records.append(record)

    handler = Handler()
    loggers = [logging.getLogger(), *map(logging.getLogger, names)]  # those of Streamlit tell no other
    for logger in loggers:
        logger.addHandler(handler)
    log.guard()
    yield records
    for logger in loggers:
        logger.removeHandler(handler)
    logging.setLogRecordFactory(factory)
    threading.excepthook = hook
    for name in names:
        logging.getLogger(name).filters[:] = filters[name]


def test_no_record_of_any_logger_holds_the_message_of_an_error(guarded: list[logging.LogRecord]):
    error = fail(ValueError, "what a visitor typed")
    logging.getLogger("somebody.else").error("Reading %s failed", "page 3", exc_info=error)
    (record,) = guarded
    assert record.getMessage().startswith(f"Reading page 3 failed, reference {log.reference(error)}\n")
    assert str(error) not in logging.Formatter().format(record)
    logging.getLogger("somebody.else").error("No error at %s", "all")
    assert guarded[-1].getMessage() == "No error at all"


def test_what_visitors_can_mend_stays_out_of_the_log(guarded: list[logging.LogRecord]):
    streamlit = logging.getLogger("streamlit.error_util")
    streamlit.error("Uncaught", exc_info=fail(Refused, "Type a sentence first."))
    assert not guarded
    streamlit.error("Uncaught", exc_info=fail(ValueError, "x"))
    assert len(guarded) == 1
    logging.getLogger(log.FRAMES).error("Bad frame", exc_info=fail(ValueError, "x"))
    assert len(guarded) == 1
    logging.getLogger(log.FRAMES).error("Something else")
    assert len(guarded) == 2


def test_what_ends_a_thread_goes_to_the_log_and_leaving_it_does_not(guarded: list[logging.LogRecord]):
    for end in (ValueError("typed"), SystemExit(0)):

        def work(end: BaseException = end) -> None:
            raise end

        thread = threading.Thread(target=work, name="reader")
        thread.start()
        thread.join()
    (record,) = guarded
    assert record.getMessage().startswith("The thread reader ended, reference ") and record.name == "alignscope"


@given(st.text(max_size=30))
def test_a_header_of_any_kind_gives_a_language_that_is_spoken_here(header: str):
    assert accepted(header) in LANGUAGES


def key_set(**headers: str) -> str:
    """The cookie that a browser is given with a page."""
    answer = dict(asked(Owners(App()), http(**headers))[0]["headers"])
    return answer.get(b"set-cookie", b"").decode()


def test_a_browser_is_given_a_key_that_no_script_reads_and_keeps_it():
    first, other = key_set(accept="text/html"), key_set(accept="text/html")
    assert first != other
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(first.split("; "))
    assert key_set(accept="text/html", cookie=f"a=b; {first.partition(';')[0]}") == first


@pytest.mark.parametrize("cookie", ["alignscope_owner=<script>", "alignscope_owner=", "\x00;;=", "alignscope_owner=AB"])
def test_what_is_no_key_of_ours_is_replaced(cookie: str):
    assert FORM.fullmatch(key_set(accept="text/html", cookie=cookie).partition(";")[0].partition("=")[2])


def test_only_pages_bring_a_key():
    assert key_set(accept="*/*") == ""
