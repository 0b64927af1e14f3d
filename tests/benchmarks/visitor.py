"""A visitor without a browser, who speaks Streamlit's own protocol over a websocket."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from types import TracebackType

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PATIENCE = 30.0  # seconds that one message may be waited for
KEY = "translate_text"  # of the text box on Translate; Streamlit ends a widget's id with its key
PAGE = "translate"


class Wrong(Exception):
    """The page did not answer as it should."""


@dataclass
class Answer:
    """One run of the page: seconds from the question to its last message and to its first map, what came, and what went
    wrong. The first figure of all shows the words of the translation, the second is a map."""

    seconds: float = 0.0
    map_seconds: float = 0.0
    size: int = 0
    figures: int = 0
    troubles: tuple[str, ...] = ()


class Visitor:
    """One session on Translate. `query` is what would stand behind the `?` of the address it comes with."""

    def __init__(self, port: int, query: str = "") -> None:
        self.port, self.query = port, query
        self.page = ""
        self.box = ""
        self.fragment = ""  # the part of the page that the box stands in, which alone is drawn anew

    async def __aenter__(self) -> Visitor:
        self.socket = await websockets.connect(
            f"ws://127.0.0.1:{self.port}/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            origin=websockets.Origin(f"http://127.0.0.1:{self.port}"),
            max_size=None,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    async def arrive(self) -> Answer:
        """Open the page. Raises Wrong where it shows no text box."""
        answer = await self._ask(self._message())
        if not self.box:
            raise Wrong("the page shows no text box to type a sentence into")
        return answer

    async def type(self, text: str) -> Answer:
        """Put a sentence into the box and wait for all that changes on the page."""
        message = self._message()
        message.rerun_script.fragment_id = self.fragment
        box = message.rerun_script.widget_states.widgets.add()
        box.id, box.string_value = self.box, text
        answer = await self._ask(message)
        if not answer.troubles and not answer.figures:
            answer.troubles = ("the page drew nothing",)
        return answer

    def _message(self) -> BackMsg:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash, message.rerun_script.page_name = self.page, PAGE
        message.rerun_script.context_info.url = f"http://127.0.0.1:{self.port}/{PAGE}"
        message.rerun_script.context_info.locale = "en-US"
        return message

    async def _ask(self, message: BackMsg) -> Answer:
        answer, troubles = Answer(), []
        began = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            raw = await asyncio.wait_for(self.socket.recv(decode=False), PATIENCE)
            answer.size += len(raw)
            said = ForwardMsg.FromString(raw)
            kind = said.WhichOneof("type")
            if kind == "new_session":
                self.page = said.new_session.page_script_hash
            elif kind == "page_info_changed":  # the address bar, which a browser sends back with the next message
                self.query = said.page_info_changed.query_string
            elif kind == "delta" and said.delta.WhichOneof("type") == "new_element":
                element = said.delta.new_element
                shown = element.WhichOneof("type")
                if shown == "text_input" and element.text_input.id.endswith(f"-{KEY}"):
                    self.box, self.fragment = element.text_input.id, said.delta.fragment_id
                elif shown == "bidi_component":
                    answer.figures += 1
                    if answer.figures == 2:
                        answer.map_seconds = time.perf_counter() - began
                elif shown == "exception":
                    troubles.append(element.exception.message)
                elif shown == "alert":
                    troubles.append(element.alert.body)
            elif kind == "script_finished" and said.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                answer.seconds = time.perf_counter() - began
                answer.troubles = tuple(troubles)
                return answer
