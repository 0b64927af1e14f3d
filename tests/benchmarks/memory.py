"""How much a process grows while it translates: after 200 to warm up, a thousand, then a thousand more.

Every sentence is another one, every fourth asks for effects too, as visitors do.
"""

from __future__ import annotations

import gc
import subprocess
import sys

import psutil

from tests.benchmarks.measuring import ROOT, Figure, Settings, Skipped

WARM_UP, ROUND = 200, 1000
FIRST, SECOND = 15.0, 5.0  # MB
MEGABYTE = 2**20


def measure(settings: Settings) -> list[Figure]:
    """A process of its own, so that nothing measured before has already claimed the memory."""
    warm_up, each = (10, 20) if settings.short else (WARM_UP, ROUND)
    command = [sys.executable, "-m", "tests.benchmarks.memory", settings.model, str(warm_up), str(each)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 3:
        raise Skipped(done.stdout.strip())
    if done.returncode:
        raise RuntimeError(done.stderr)
    start, first, second = (float(word) for word in done.stdout.split())
    about = {"warm_up": warm_up, "predictions": each, "rss_mb_after_warm_up": round(start, 1)}
    return [
        Figure(f"growth over {each} predictions after {warm_up}", first - start, "MB", FIRST, details=about),
        Figure(f"growth over the next {each}", second - first, "MB", SECOND, details=about),
    ]


def _grow(model: str, warm_up: int, each: int) -> list[float]:
    """Resident megabytes after the warm-up and after each of two rounds."""
    from engine.inference import load
    from tests.benchmarks.sentences import sentence

    translator = load.model(model, "cpu")
    process = psutil.Process()
    sizes = []
    done = 0
    for count in (warm_up, each, each):
        for number in range(done, done + count):
            translator.translate(sentence(number), effect=number % 4 == 0)
        done += count
        gc.collect()
        sizes.append(process.memory_info().rss / MEGABYTE)
    return sizes


if __name__ == "__main__":
    from engine.errors import Refused

    try:
        print(*_grow(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    except Refused as reason:
        print(reason)
        sys.exit(3)
