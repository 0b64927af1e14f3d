"""What the second process does: the same models, asked for what pages show later."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from functools import cache
from typing import Any

from webapp.gateway.door import Door
from webapp.gateway.second import Gone, Question

NICER = 5
"""How much it yields to the server, for whose answers visitors wait first."""


def begin() -> None:
    """To be called first: it yields, leaves Ctrl-C to the server, and ends when the server does, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICER)
    threading.Thread(target=_end_with_the_server, daemon=True).start()


def answered(question: Question) -> Any:
    """The answer of models that have the very weights asked for. Raises Refused, and Gone where there are none such."""
    door = _door()
    known = door.listing.all()  # looked up at other times than the server's, so a new model may not be there yet
    if any(name not in known or known[name].weights_sha256 != weights for name, weights in question.weights):
        raise Gone
    with door.queue.turn():
        return question.work(door.model(known[question.name]), door.opened)


@cache
def _door() -> Door:
    return Door()


def _end_with_the_server() -> None:
    server = multiprocessing.parent_process()
    if server is not None:
        server.join()
        os._exit(0)
