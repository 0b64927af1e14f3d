"""A tokenizer that would take a server down takes down nothing: its visitor gets a sentence, others their answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from tests import tiny_attention
from tests.hostile_tokenizers import HOSTILE
from tests.serving import Served, serve

MODEL = "classification/imdb-transformer"
MOST = 500_000_000  # bytes
NOT_YET = "This model is not loaded yet."
PATIENCE = 120.0  # seconds


@dataclass
class Run:
    """What a run of a page told its browser."""

    sentences: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)
    figures: int = 0

    def take(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "alert":
            self.sentences.append(element.alert.body)
        elif kind == "button":
            self.buttons[element.button.label] = element.button.id
        self.figures += kind == "bidi_component"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    guests = tmp_path_factory.mktemp("guests")
    words = tiny_attention.tokenizer()
    for name in ("sound", "good", "hostile"):
        tiny_attention.network(MODEL, len(words)).save_pretrained(guests / name)
        words.save_pretrained(guests / name)
    path = guests / "hostile" / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    HOSTILE["a million characters of one"](tokenizer)
    path.write_text(json.dumps(tokenizer))
    with serve(tmp_path_factory.mktemp("app"), ALIGNSCOPE_MODELS=str(guests)) as served:
        yield served


def visit(app: Served) -> connect:
    return connect(
        app.url.replace("http", "ws") + "/_stcore/stream", subprotocols=["streamlit"], origin=app.url, max_size=None
    )


async def ask(ws: ClientConnection, query: str, button: str | None = None) -> Run:
    """The page of that link, with a button pressed where one is named, until it has been drawn for the last time."""
    wish = BackMsg()
    wish.rerun_script.query_string, wish.rerun_script.page_name = query, "self_attention"
    if button is not None:
        wish.rerun_script.widget_states.widgets.append(WidgetState(id=button, trigger_value=True))
    await ws.send(wish.SerializeToString())
    run = Run()
    while True:
        message = ForwardMsg.FromString(await asyncio.wait_for(ws.recv(), PATIENCE))
        run.take(message)
        if message.WhichOneof("type") == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return run
            run = Run()  # it begins anew, as it does once a model is loaded


async def opened(app: Served, name: str) -> Run:
    """A visitor of their own opens the model of a link, and presses for it."""
    query = f"m=folder:{name}&t=" + "a+" * 3_000
    async with visit(app) as ws:
        first = await ask(ws, query)
        return await ask(ws, query, first.buttons["Load it"])


def memory(app: Served) -> int:
    """Bytes of the server's process."""
    return psutil.Process(app.process.pid).memory_info().rss


async def together(app: Served, *names: str) -> list[Run]:
    return list(await asyncio.gather(*(opened(app, name) for name in names)))


@pytest.mark.timeout(300)
def test_a_hostile_tokenizer_gives_one_sentence_and_another_visitor_is_answered_meanwhile(app: Served) -> None:
    asyncio.run(together(app, "sound"))  # so that the libraries are in memory before it is measured
    before = memory(app)
    hostile, good = asyncio.run(together(app, "hostile", "good"))
    (refusal,) = [sentence for sentence in hostile.sentences if sentence != NOT_YET]
    assert refusal.startswith("This model's tokenizer has") and refusal.endswith("which none here can have.")
    assert good.figures > hostile.figures, good.sentences
    assert app.process.poll() is None
    assert memory(app) - before < MOST
    assert "Traceback" not in app.log.read_text()
