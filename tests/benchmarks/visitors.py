"""Twenty visitors on Translate, each typing another sentence after a second of thought on average.

The page is left as it opens: beam search, attention at once and the joined effect beside it once it is there, each with
a goal of its own. First loads are counted apart, and nobody clicks an example. Twice: once the server has loaded
all that it loads by itself, and before that on a server just started, where that work goes on beside the visitors.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.measuring import Figure, Settings, cpu_seconds, milliseconds, quantile, wait_until_warm
from tests.benchmarks.sentences import SENTENCES, sentence
from tests.benchmarks.visitor import Visitor
from tests.serving import serve

VISITORS, THINK, SECONDS = 20, 1.0, 60.0
STARTING = 20.0  # seconds on a server just started
MAP_GOAL, WHOLE_GOAL = 200.0, 500.0  # ms, the 95th percentiles until attention is there, and the joined effect
MEGABYTE = 2**20


@dataclass
class Seen:
    """What all visitors of one visit went through."""

    seconds: list[float] = field(default_factory=list)
    map_seconds: list[float] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def measure(settings: Settings) -> list[Figure]:
    """The server and its visitors share the machine; visitors come within two seconds of each other."""
    lasting = 5.0 if settings.short else SECONDS
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder), ALIGNSCOPE_SECOND="1") as served:
        server = psutil.Process(served.process.pid)
        asyncio.run(_alone(served.port, range(-5, 0)))
        cold, _ = _visited(served.port, server, min(lasting, STARTING), 0)
        waited = wait_until_warm(server)
        asyncio.run(_alone(served.port, range(-10, -5)))
        seen, about = _visited(served.port, server, lasting, SENTENCES // 2)
    about |= {"after_waiting_s": round(waited, 1)}
    return [
        Figure(
            f"{VISITORS} visitors, attention, 95th percentile", 1000 * quantile(seen.map_seconds, 0.95), "ms", MAP_GOAL
        ),
        Figure(
            f"{VISITORS} visitors, joined effect, 95th percentile",
            1000 * quantile(seen.seconds, 0.95),
            "ms",
            WHOLE_GOAL,
            details=about,
        ),
        Figure(f"{VISITORS} visitors, median", 1000 * quantile(seen.seconds, 0.5), "ms"),
        Figure(f"{VISITORS} visitors, slowest", 1000 * quantile(seen.seconds, 1), "ms"),
        Figure(f"{VISITORS} visitors, errors in {len(seen.seconds)} answers", len(seen.troubles), "", 0),
        Figure(f"{VISITORS} visitors, server's memory", about["rss_mb"][1], "MB"),
        Figure(
            f"{VISITORS} visitors on a server just started, 95th percentile",
            1000 * quantile(cold.seconds, 0.95),
            "ms",
            details={"interactions": len(cold.seconds), "errors": len(cold.troubles), **milliseconds(cold.seconds)},
        ),
    ]


def _visited(port: int, server: psutil.Process, lasting: float, first: int) -> tuple[Seen, dict[str, Any]]:
    """All visitors for so many seconds, with sentences from number `first` on, and what that took of the server."""
    before = server.memory_info().rss / MEGABYTE
    began, used = time.perf_counter(), cpu_seconds(server)
    seen = asyncio.run(_together(port, lasting, first))
    spent, taken = time.perf_counter() - began, cpu_seconds(server) - used
    after = server.memory_info().rss / MEGABYTE
    return seen, {
        "visitors": VISITORS,
        "think_s": THINK,
        "seconds": lasting,
        "interactions": len(seen.seconds),
        **milliseconds(seen.seconds),
        "map_ms": milliseconds(seen.map_seconds),
        "arrival_ms": milliseconds(seen.arrivals),
        "errors": len(seen.troubles),
        "first_error": next(iter(seen.troubles), ""),
        "rss_mb": [round(before, 1), round(after, 1)],
        "server_cores": round(taken / spent, 2),
        "server_cpu_ms": round(1000 * taken / max(len(seen.seconds), 1), 1),
    }


async def _alone(port: int, numbers: Iterable[int]) -> None:
    """Somebody before them all, so that the model is loaded and nobody waits for that."""
    async with Visitor(port) as visitor:
        await visitor.arrive()
        for number in numbers:
            await visitor.type(sentence(number))
    await asyncio.sleep(1)


async def _together(port: int, lasting: float, first: int) -> Seen:
    seen, numbers = Seen(), count(first)
    until = time.perf_counter() + lasting
    await asyncio.gather(*(_visit(port, who, until, numbers, seen) for who in range(VISITORS)))
    return seen


async def _visit(port: int, who: int, until: float, numbers: count[int], seen: Seen) -> None:
    """No sentence is typed twice, so no answer is one that the server has kept."""
    chance = random.Random(who)
    await asyncio.sleep(chance.uniform(0, 2))
    try:
        async with Visitor(port) as visitor:
            seen.arrivals.append((await visitor.arrive()).seconds)
            while time.perf_counter() < until:
                await asyncio.sleep(chance.uniform(0, 2 * THINK))
                answer = await visitor.type(sentence(next(numbers)))
                seen.seconds.append(answer.seconds)
                seen.map_seconds.append(answer.map_seconds)
                seen.troubles += answer.troubles
    except Exception as error:  # one visitor's bad luck is counted, and must not end the visit of the others
        seen.troubles.append(repr(error))
