"""What stands between the network and the app, asked over the network."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace

import httpx
import psutil
import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.serving import Served, serve
from webapp.hosting import guards, seats

SEATS = 3
SCRIPT = """
import streamlit as st
from engine.errors import Refused
what = st.query_params.get("do")
if what == "bug":
    raise KeyError("/srv/" + st.query_params["t"])
if what == "refuse":
    raise Refused("{name} is no model", name="*x* ![](//evil.example)")
if what in ("SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException", "nothing"):
    import builtins
    from webapp.gateway.current import gateway
    with gateway.door.queue.turn():
        if what != "nothing":
            raise getattr(builtins, what)("/srv/" + st.query_params["t"])
if what == "sockets":
    import gc, socket
    gc.unfreeze()  # what lived when the server had warmed up was set aside
    found = [s for s in gc.get_objects() if type(s) is socket.socket and s.family == socket.AF_INET and s.fileno() >= 0]
    found = [s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for s in found if s.type == socket.SOCK_STREAM]
    st.text(f"{len(found) > 1} {all(found)}")
st.file_uploader("file")
number = st.number_input("number", 1, 9, 3)
slid = st.slider("slid", 1, 9, 4)
chosen = st.selectbox("chosen", ["a", "b"])
segment = st.segmented_control("segment", ["a", "b"], default="b", required=True)
st.text(f"{number} {slid} {chosen} {segment}")
st.text("done")
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("server")
    script = folder / "script.py"
    script.write_text(SCRIPT)
    with serve(folder, ALIGNSCOPE_SCRIPT=str(script), ALIGNSCOPE_SEATS=str(SEATS)) as served:
        yield served


def visit(app: Served) -> connect:
    return connect(
        app.url.replace("http", "ws") + "/_stcore/stream", subprotocols=["streamlit"], origin=app.url, max_size=None
    )


async def run(ws: ClientConnection, query: str, *widgets: WidgetState) -> tuple[str, list[ForwardMsg]]:
    """One run of the script: the session's id, and every message until the end."""
    wish = BackMsg()
    wish.rerun_script.query_string = query
    wish.rerun_script.widget_states.widgets.extend(widgets)
    await ws.send(wish.SerializeToString())
    session, messages = "", []
    while True:
        message = ForwardMsg.FromString(await asyncio.wait_for(ws.recv(), 30))
        messages.append(message)
        if message.WhichOneof("type") == "new_session":
            session = message.new_session.initialize.session_id
        if message.WhichOneof("type") == "script_finished":
            return session, messages


def shown(app: Served, query: str) -> list[ForwardMsg]:
    async def once() -> list[ForwardMsg]:
        async with visit(app) as ws:
            return (await run(ws, query))[1]

    return asyncio.run(once())


def texts(messages: list[ForwardMsg]) -> list[str]:
    return [m.delta.new_element.text.body for m in messages if m.delta.new_element.WhichOneof("type") == "text"]


def widget_ids(messages: list[ForwardMsg]) -> dict[str, str]:
    """The id of every widget by its kind."""
    found = {}
    for element in (message.delta.new_element for message in messages):
        kind = element.WhichOneof("type")
        if kind in ("number_input", "slider", "selectbox", "button_group"):
            found[kind] = getattr(element, kind).id
    return found


# What no browser sends for a widget: values out of its range, options that it has not, values of another kind.
IMPOSSIBLE: dict[str, list[dict[str, object]]] = {
    "number_input": [{"double_value": 1e9}, {"double_value": -1.0}],
    "slider": [{"double_array_value": {"data": [1e9]}}, {"double_array_value": {"data": [-5.0]}}],
    "selectbox": [{"string_value": "<script>"}, {"string_value": "c"}],
    "button_group": [{"string_array_value": {"data": ["c"]}}, {"string_array_value": {"data": ["<script>"]}}],
}
OF_ANOTHER_KIND: list[dict[str, object]] = [
    {"double_value": float("nan")},
    {"double_array_value": {"data": [float("nan"), 2.0, 3.0]}},
    {"string_value": "x"},
    {"bool_value": True},
    {"bytes_value": b"\x80"},
    {"int_array_value": {"data": [99]}},
    {"json_value": "{"},
]


def test_a_widget_sent_with_what_it_cannot_hold_shows_its_default(app: Served):
    async def go() -> list[str]:
        async with visit(app) as ws:
            ids = widget_ids((await run(ws, ""))[1])
            found = []
            for kind, values in IMPOSSIBLE.items():
                for value in values:
                    found += texts((await run(ws, "", WidgetState(id=ids[kind], **value)))[1])  # type: ignore[arg-type]
            return found

    assert set(asyncio.run(go())) == {"3 4 a b", "done"}


def test_widgets_sent_with_values_of_another_kind_harm_nobody_else(app: Served):
    async def go() -> tuple[list[bytes], list[list[str]], int, list[str]]:
        async with visit(app) as other:
            await run(other, "")
            sent, others = [], []
            for value in OF_ANOTHER_KIND:
                async with visit(app) as ws:
                    ids = widget_ids((await run(ws, ""))[1])
                    for kind in ids.values():
                        messages = (await run(ws, "", WidgetState(id=kind, **value)))[1]  # type: ignore[arg-type]
                        sent.append(b"".join(m.SerializeToString() for m in messages))
                others.append(texts((await run(other, ""))[1]))
            health = await asyncio.to_thread(httpx.get, app.url + "/_stcore/health")
            async with visit(app) as again:
                return sent, others, health.status_code, texts((await run(again, ""))[1])

    sent, others, health, again = asyncio.run(go())
    assert others == [["3 4 a b", "done"]] * len(OF_ANOTHER_KIND) and again == ["3 4 a b", "done"]
    assert health == 200
    assert not any(secret in message for message in sent for secret in (b"Traceback", b"TypeError", b"site-packages"))


@pytest.mark.parametrize(("size", "status"), [(60_000, 200), (200_000, 400)])
def test_an_address_is_answered_up_to_60_kb_and_refused_beyond_the_limit(app: Served, size: int, status: int):
    connection = HTTPConnection("127.0.0.1", app.port)  # httpx itself stops at 64 kB
    connection.request("GET", "/?t=" + "x" * size)
    assert connection.getresponse().status == status
    connection.close()


@pytest.mark.parametrize(
    "query", ["t=" + "x" * 200_000, "t=%00%ff", "b=1&b=999&b=%3Cscript%3E", "%", "=&&=", "t=%ED%A0%80"]
)
def test_whatever_a_link_says_the_script_runs_to_its_end(app: Served, query: str):
    assert texts(shown(app, query))[-1] == "done"


def test_no_message_of_an_answer_waits_for_the_one_before_to_be_acknowledged(app: Served) -> None:
    texts = [message.delta.new_element.text.body for message in shown(app, "do=sockets")]
    assert "True True" in texts  # the listening socket and the visitor's, each without Nagle's algorithm


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/any/page", 200),
        ("GET", "/_stcore/health", 200),
        ("GET", "/_stcore/host-config", 200),
        ("GET", "/_stcore/metrics", 404),
        ("POST", "/_stcore/agent/interact", 404),
        ("GET", "/media/none.png", 404),
        ("GET", "/component/none/none.js", 404),
        ("GET", "//evil.example", 400),
        ("GET", "/static/%2e%2e/%2e%2e/etc/passwd", 400),
        ("PUT", "/_stcore/upload_file/none/none", 403),
        ("DELETE", "/", 405),
    ],
)
def test_every_answer_carries_the_security_headers(app: Served, method: str, path: str, status: int):
    answer = httpx.request(method, app.url + path)
    assert answer.status_code == status
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["script-src"].startswith("'self'")
    assert not re.search("unsafe|\\*|http|data:|blob:", policy["script-src"])
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["img-src"] == "'self' data: blob:"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "10.0.0.1"])
def test_a_name_the_app_was_not_started_for_is_refused(app: Served, host: str):
    answer = httpx.get(app.url, headers={"Host": host})
    assert answer.status_code == 400
    assert "x-frame-options" in answer.headers


def test_a_foreign_origin_gets_no_websocket(app: Served):
    async def knock() -> None:
        async with connect(app.url.replace("http", "ws") + "/_stcore/stream", origin="http://evil.example"):  # type: ignore[arg-type]
            pass

    with pytest.raises(InvalidStatus, match="403"):
        asyncio.run(knock())


def test_a_bug_shows_a_reference_that_the_log_knows_and_nothing_else(app: Served):
    messages = shown(app, "do=bug&t=words-of-a-visitor")
    alerts = [m.delta.new_element.alert.body for m in messages if m.delta.new_element.WhichOneof("type") == "alert"]
    assert len(alerts) == 1
    found = re.fullmatch(
        r"Something went wrong on our side \(error (\w{8})\)\. Reload the page or undo the last change\.", alerts[0]
    )
    assert found
    sent = b"".join(m.SerializeToString() for m in messages)
    for secret in (b"KeyError", b"/srv/", b"Traceback", str(Path(__file__).parent.parent.parent).encode()):
        assert secret not in sent
    log = app.log.read_text()
    assert f"reference {found[1]}" in log
    assert "script.py" in log.partition(f"reference {found[1]}")[2], "the log says where it came through"
    assert "words-of-a-visitor" not in log, "an error may quote what a visitor wrote"


@pytest.mark.parametrize(("wanted", "says"), [("", "Something went wrong"), ("zh-CN", "出错了")])
def test_a_bug_outside_of_any_page_is_told_in_the_language_that_the_browser_asks_for(wanted: str, says: str):
    from webapp.server import server_error

    request = Request({"type": "http", "headers": [(b"accept-language", wanted.encode())]})
    answer = server_error(request, KeyError("/srv/words-of-a-visitor"))
    content = bytes(answer.body).decode()
    assert content.startswith(says) and "words-of-a-visitor" not in content
    assert answer.status_code == 500 and "content-security-policy" in answer.headers


@pytest.mark.parametrize("end", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException"])
def test_whatever_ends_a_question_the_page_says_so_and_the_turn_goes_to_the_next(app: Served, end: str):
    messages = shown(app, f"do={end}&t=words-of-another")  # until the browser is told that the script has ended
    alerts = [m.delta.new_element.alert.body for m in messages if m.delta.new_element.WhichOneof("type") == "alert"]
    assert len(alerts) == 1 and alerts[0].startswith("Something went wrong on our side")
    assert texts(shown(app, "do=nothing"))[-1] == "done"
    assert "words-of-another" not in app.log.read_text()


def test_no_message_names_the_folder_of_the_app(app: Served):
    sent = b"".join(message.SerializeToString() for message in shown(app, ""))
    assert b"script.py" in sent and str(app.log.parent).encode() not in sent


@pytest.mark.parametrize(("frame", "code"), [(b"\xffa visitor's words", 1002), ("a visitor's words", 1003)])
def test_a_frame_that_is_no_message_ends_the_visit_and_leaves_the_log_alone(app: Served, frame: bytes | str, code: int):
    before = app.log.read_text()

    async def send() -> int | None:
        async with visit(app) as ws:
            await ws.send(frame)
            with pytest.raises(ConnectionClosed):
                while True:
                    await asyncio.wait_for(ws.recv(), 30)
            return ws.close_code

    assert asyncio.run(send()) == code
    assert texts(shown(app, ""))[-1] == "done"
    assert app.log.read_text() == before


def test_what_a_visitor_can_mend_is_a_sentence_and_stays_out_of_the_log(app: Served):
    before = app.log.read_text()
    messages = shown(app, "do=refuse")
    alerts = [m.delta.new_element.alert for m in messages if m.delta.new_element.WhichOneof("type") == "alert"]
    assert [a.format for a in alerts] == [type(alerts[0]).WARNING]
    assert alerts[0].body == "`*x* ![](//evil.example)` is no model"
    assert "Refused" not in app.log.read_text()[len(before) :]


def test_a_visitor_beyond_the_last_seat_is_told_so_at_once(app: Served):
    async def fill() -> tuple[list[httpx.Response], int, httpx.Response]:
        async with visit(app) as a, visit(app) as b, visit(app) as c:
            for ws in (a, b, c):
                await run(ws, "")
            asking = {"Accept-Language": "zh-CN,zh;q=0.9"}
            chinese = await asyncio.to_thread(httpx.get, app.url, headers=asking)
            full = [await asyncio.to_thread(httpx.get, app.url) for _ in range(5)]
            with pytest.raises(InvalidStatus) as refused:
                async with visit(app):
                    pass
            health = await asyncio.to_thread(httpx.get, app.url + "/_stcore/health")
        return full, chinese, refused.value.response.status_code, health

    full, chinese, refused, health = asyncio.run(fill())
    assert f"现在 {SEATS} 个位置" in chinese.text
    assert '<html lang="zh">' in chinese.text
    for answer in full:
        assert answer.status_code == 503
        assert f"All places ({SEATS}) are taken" in answer.text
        assert "content-security-policy" in answer.headers
    # At once: the fastest of five, since other tests may hold the machine's cores for the moment.
    assert min(answer.elapsed.total_seconds() for answer in full) < 0.1
    assert refused == 403
    assert health.status_code == 200
    assert shown(app, "")[-1].script_finished == ForwardMsg.FINISHED_SUCCESSFULLY  # a place is free again


def test_sockets_that_say_nothing_give_their_places_to_newcomers(tmp_path: Path):
    script = tmp_path / "script.py"
    script.write_text("import streamlit as st\nst.text('done')\n")
    with serve(tmp_path, ALIGNSCOPE_SCRIPT=str(script), ALIGNSCOPE_SEATS="2", ALIGNSCOPE_IDLE="1") as app:

        async def go() -> tuple[list[list[str]], list[int | None]]:
            async with visit(app) as a, visit(app) as b:
                await asyncio.sleep(1.5)
                async with visit(app) as c, visit(app) as d:
                    found = [texts((await run(ws, ""))[1]) for ws in (c, d)]
                    for silent in (a, b):
                        with pytest.raises(ConnectionClosed):
                            await asyncio.wait_for(silent.recv(), 30)
                    return found, [a.close_code, b.close_code]

        assert asyncio.run(go()) == ([["done"], ["done"]], [1013, 1013])


class Place:
    """A visit to `Seats` as the server sees it, at a time that the test says."""

    def __init__(self, guard: seats.Seats, protocol: str = "streamlit") -> None:
        self.frames: asyncio.Queue[Message] = asyncio.Queue()
        self.sent: list[Message] = []
        headers = [(b"sec-websocket-protocol", protocol.encode())]
        scope = {"type": "websocket", "path": seats.STREAM, "headers": headers}
        self.task = asyncio.ensure_future(guard(scope, self.frames.get, self.send))

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def speak(self) -> None:
        self.frames.put_nowait({"type": "websocket.receive", "bytes": b"x"})
        await asyncio.sleep(0.01)

    async def open(self) -> bool:
        await asyncio.sleep(0.01)
        return not self.task.done()


async def listening(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


def test_who_was_silent_longest_gives_up_a_place_and_only_to_a_newcomer():
    now = 0.0
    guard = seats.Seats(listening, seats=2, idle=600, clock=lambda: now)

    async def go() -> None:
        nonlocal now
        first, second = Place(guard), Place(guard)
        await first.speak()
        now = 300.0
        await second.speak()
        now = 599.0
        assert not await Place(guard).open(), "nobody has been silent for long"
        now = 601.0
        assert not await Place(guard, "streamlit, token, session").open(), "it had its place and lost it"
        third = Place(guard)
        assert [await place.open() for place in (first, second, third)] == [False, True, True]
        assert first.sent[-1] == {"type": "websocket.close", "code": 1013, "reason": "the place was given to another"}
        now = 612.0
        fourth = Place(guard)  # the third has said nothing at all
        assert [await place.open() for place in (second, third, fourth)] == [True, False, True]
        for place in (second, fourth):
            place.frames.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.sleep(0.01)
        assert await Place(guard, "streamlit, token, session").open(), "a place is free"

    asyncio.run(go())


def upload(client: httpx.Client, url: str, megabytes: int, chunked: bool = False) -> httpx.Response:
    """PUT one file the way the browser does; `chunked` tells no length."""
    mark = "x" * 20
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="f.tsv"\r\n\r\n'.encode()
    body = [head, *[b"a" * 2**20] * megabytes, f"\r\n--{mark}--\r\n".encode()]
    token = client.cookies["_streamlit_xsrf"]
    headers = {"Content-Type": f"multipart/form-data; boundary={mark}", "X-Xsrftoken": token}
    return client.put(url, content=iter(body) if chunked else b"".join(body), headers=headers)


def test_uploads_are_capped_one_by_one_and_together(app: Served):
    async def go() -> list[int]:
        async with visit(app) as ws:
            session, _ = await run(ws, "")
            return await asyncio.to_thread(put_all, session)

    def put_all(session: str) -> list[int]:
        with httpx.Client(base_url=app.url) as client:
            client.get("/_stcore/host-config")
            client.get("/_stcore/health")
            base = f"/_stcore/upload_file/{session}"
            return [
                upload(client, f"{base}/big", 31).status_code,
                upload(client, f"{base}/a", 19, chunked=True).status_code,
                upload(client, f"{base}/b", 19).status_code,
                upload(client, f"{base}/c", 3).status_code,
                upload(client, f"{base}/d", 1, chunked=True).status_code,
            ]

    assert asyncio.run(go()) == [413, 204, 204, 413, 413]


def test_many_small_files_are_capped_too_and_memory_stays_with_them(app: Served):
    process = psutil.Process(app.process.pid)

    async def go() -> tuple[list[int], int]:
        async with visit(app) as ws:
            session, _ = await run(ws, "")
            before = await asyncio.to_thread(settled, process)
            return await asyncio.to_thread(put_all, session), process.memory_info().rss - before

    def put_all(session: str) -> list[int]:
        with httpx.Client(base_url=app.url) as client:
            client.get("/_stcore/host-config")
            client.get("/_stcore/health")
            return [upload(client, f"/_stcore/upload_file/{session}/{k}", 1).status_code for k in range(60)]

    answers, growth = asyncio.run(go())
    taken = answers.count(204)
    assert answers == [204] * taken + [413] * (60 - taken)
    assert 38 <= taken <= 40  # a little of each is the envelope
    assert growth <= (40 + 50) * 2**20


def test_empty_files_are_counted_as_well(app: Served):
    async def go() -> list[int]:
        async with visit(app) as ws:
            session, _ = await run(ws, "")
            return await asyncio.to_thread(put_all, session)

    def put_all(session: str) -> list[int]:
        with httpx.Client(base_url=app.url) as client:
            client.get("/_stcore/host-config")
            client.get("/_stcore/health")
            return [upload(client, f"/_stcore/upload_file/{session}/{k}", 0).status_code for k in range(200)]

    assert asyncio.run(go()) == [204] * 160 + [413] * 40


def settled(process: psutil.Process) -> int:
    """Bytes held once they have stood still for two seconds: a server that has just begun still loads its models."""
    held = [process.memory_info().rss]
    while len(held) < 120 and (len(held) < 5 or max(held[-5:]) - min(held[-5:]) > 2**20):
        time.sleep(0.5)
        held.append(process.memory_info().rss)
    return held[-1]


def test_files_of_visitors_who_have_left_make_room(monkeypatch: pytest.MonkeyPatch):
    manager = MemoryUploadedFileManager("/_stcore/upload_file")
    runtime = SimpleNamespace(uploaded_file_mgr=manager, is_active_session=lambda session: session == "here")
    monkeypatch.setattr(guards, "Runtime", SimpleNamespace(instance=lambda: runtime))
    answers: list[int] = []

    async def streamlit(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204})

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answers.append(message["status"])

    guard = guards.UploadTotal(streamlit, per_visitor=60, in_all=120, least=0)

    def put(session: str, size: int) -> int:
        headers = [(b"content-length", str(size).encode())]
        scope = {"type": "http", "method": "PUT", "path": f"{guards.UPLOAD}{session}/x", "headers": headers}
        asyncio.run(guard(scope, None, send))  # type: ignore[arg-type]  # nothing is read
        if answers[-1] == 204:
            manager.add_file(session, UploadedFileRec(f"{len(answers)}", "f", "text/csv", b"x" * size))
        return answers[-1]

    assert [put("here", 50), put("left", 40), put("here", 20)] == [204, 204, 413]
    assert "left" in guard.held()
    assert put("other", 40) == 204  # there is room once those who left are forgotten
    assert guard.held() == {"here": 50, "other": 40}
    assert put("third", 40) == 204  # the other one has left as well
