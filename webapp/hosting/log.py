"""What the log may hold: where an error came through and its reference, never a text of a visitor."""

from __future__ import annotations

import hashlib
import logging
import threading
import traceback
from typing import Any

from engine.errors import Refused

FRAMES = "streamlit.web.server.starlette.starlette_websocket"


def reference(error: BaseException) -> str:
    """Eight characters for the kind of an error and the lines it came through: same fault, same reference."""
    lines = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return hashlib.sha256("\n".join([type(error).__name__, *lines]).encode()).hexdigest()[:8]


def without_message(error: BaseException) -> str:
    """The traceback of an error and of those that led to it, without their messages, which may quote a text."""
    lines: list[str] = []
    visited: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in visited:
        visited.add(id(cause))
        lines.insert(0, "".join([*traceback.format_tb(cause.__traceback__), type(cause).__qualname__]))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n\nwhich led to:\n\n".join(lines)


class _Kept(logging.Filter):
    """Keeps out what visitors can mend themselves, and frames that are no messages, which anybody can send."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = getattr(record, "error", None)
        return not (isinstance(error, Refused) or (record.name == FRAMES and error is not None))


def guard() -> None:
    """From now on no record of any logger holds an error's message, and what kills a thread goes to the log as well."""
    made = logging.getLogRecordFactory()

    def record(*args: Any, **more: Any) -> logging.LogRecord:
        entry = made(*args, **more)
        error = entry.exc_info[1] if entry.exc_info else None
        if error is not None:
            entry.error = error
            message = f"{entry.getMessage()}, reference {reference(error)}\n{without_message(error)}"
            entry.msg, entry.args, entry.exc_info = message, (), None
        return entry

    def died(fate: threading.ExceptHookArgs) -> None:
        if fate.exc_value is not None and fate.exc_type is not SystemExit:
            name = fate.thread.name if fate.thread else "?"
            logging.getLogger("alignscope").error("The thread %s ended", name, exc_info=fate.exc_value)

    logging.setLogRecordFactory(record)
    threading.excepthook = died
    for name in ("streamlit.error_util", FRAMES):
        logging.getLogger(name).addFilter(_Kept())
