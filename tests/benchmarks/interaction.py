"""What one visitor alone costs the server: a sentence typed on Translate, until the last message of the answer.

Asked over the websocket, as a browser does, so the way through Streamlit and the loopback is in it. Beside it stands
the processor time that the server itself used. The server has loaded all that it loads by itself.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import psutil

from tests.benchmarks.measuring import Figure, Settings, cpu_seconds, milliseconds, quantile, wait_until_warm
from tests.benchmarks.sentences import sentence
from tests.benchmarks.visitor import Visitor, Wrong
from tests.serving import serve

GREEDY, BEAM = 20.0, 35.0  # ms
VIEWS = (
    ("a sentence typed on Translate, attention, greedy", "v=1&b=1&r=attention&j=0", GREEDY),
    ("the same, beam 5", "v=1&b=5&r=attention&j=0", BEAM),
    ("the same, attention and effect side by side", "v=1&b=1&r=both&j=0", None),
    ("the same, drawn as lines", "v=1&b=1&r=attention&j=0&s=lines", None),
    ("the same, both directions joined, read by effect", "v=1&b=1&r=effect&j=1", None),
    ("Translate as it opens", "", None),
)


def measure(settings: Settings) -> list[Figure]:
    """Medians over different sentences, after ten to warm up. Raises Wrong for an answer that is none."""
    count = 5 if settings.short else 100
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as served:
        server = psutil.Process(served.process.pid)
        wait_until_warm(server)
        return [asyncio.run(_one(served.port, server, number, count)) for number in range(len(VIEWS))]


async def _one(port: int, server: psutil.Process, number: int, count: int) -> Figure:
    what, query, goal = VIEWS[number]
    first = number * (count + 10)  # another sentence each time: answers are kept
    async with Visitor(port, query) as visitor:
        await visitor.arrive()
        seconds, sizes, used = [], [], 0.0
        for k in range(first, first + 10 + count):
            if k == first + 10:
                used = cpu_seconds(server)
            answer = await visitor.type(sentence(k))
            if answer.troubles:
                raise Wrong(f"{sentence(k)!r}: {answer.troubles[0]}")
            seconds.append(answer.seconds)
            sizes.append(answer.size)
        used = cpu_seconds(server) - used
    spread = {
        "interactions": count,
        **milliseconds(seconds[10:]),
        "server_cpu_ms": round(1000 * used / count, 1),
        "answer_kb": round(quantile(sizes[10:], 0.5) / 1024, 1),
    }
    return Figure(f"{what}, median", 1000 * quantile(seconds[10:], 0.5), "ms", goal, details=spread)
