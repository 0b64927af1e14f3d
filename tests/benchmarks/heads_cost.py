"""What seeing all heads costs the engine: a traced forward pass beside the model's own, and memory over many texts.

Run as a program, so that nothing measured before has already claimed the memory: it prints the two numbers.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.measuring import ROOT, Figure, quantile

TOKENS = 128  # of the text that is timed
SHORT = 32  # of each of the many
WARM_UP, ROUND = 200, 1000
RATIO, GROWTH = 1.10, 15.0
MEGABYTE = 2**20


@dataclass(frozen=True)
class Named:
    name: str = "bert-base-random"
    weights_sha256: str = ""


def measure(folder: Path, short: bool) -> list[Figure]:
    """`folder` holds the model."""
    warm_up, each, repeats = (5, 10, 3) if short else (WARM_UP, ROUND, 15)
    command = [sys.executable, "-m", "tests.benchmarks.heads_cost", str(folder), *map(str, (warm_up, each, repeats))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    ratio, growth = (float(word) for word in done.stdout.split())
    return [
        Figure(
            f"traced forward of {TOKENS} tokens over the model's own eager forward, median of pairs",
            ratio,
            "×",
            RATIO,
            details={"pairs": repeats},
        ),
        Figure(
            f"growth over {each} overviews of {SHORT} tokens after {warm_up}",
            growth,
            "MB",
            GROWTH,
            details={"warm_up": warm_up},
        ),
    ]


def _ratio(model: Any, text: str, repeats: int) -> float:
    """Both on one thread, turn about. The text holds a mask, so that both guess at every position."""
    import torch

    from engine.capture.edits import NONE
    from engine.capture.form import Form
    from engine.capture.overview import Gathered
    from engine.inference.transformer import Request

    read = model._reader.read(Request(text))

    def trace() -> None:
        gathered = Gathered("encoder", Form.of(*read.axes["encoder"]), read.rarity["encoder"])
        model._forward.run(read, NONE, lambda seen, weights: gathered.take(seen.site.layer, weights))
        gathered.overview()

    own: list[float] = []
    traced: list[float] = []
    for _ in range(repeats + 1):
        for name, run, spent in (("eager", lambda: model.model(**read.tensors), own), ("alignscope", trace, traced)):
            model.model.set_attn_implementation(name)
            began = time.process_time()
            with torch.inference_mode():
                run()
            spent.append(time.process_time() - began)
    return quantile([b / a for a, b in zip(own[1:], traced[1:], strict=True)], 0.5)


def _growth(model: Any, warm_up: int, each: int) -> float:
    """Resident megabytes won while so many other texts were looked at."""
    from engine.inference.transformer import Request
    from tests.benchmarks.heads import text

    process = psutil.Process()
    sizes = []
    for first, count in ((0, warm_up), (warm_up, each)):
        for number in range(first, first + count):
            model.look(Request(text(SHORT, number)))
        gc.collect()
        sizes.append(process.memory_info().rss / MEGABYTE)
    return sizes[1] - sizes[0]


def main() -> None:
    import transformers

    from engine import devices
    from engine.inference.transformer import Transformer
    from tests.benchmarks.heads import text

    devices.one_thread_a_request()
    folder, counts = sys.argv[1], [int(word) for word in sys.argv[2:]]
    network = transformers.AutoModelForMaskedLM.from_pretrained(folder)
    model = Transformer(Named(), network, transformers.AutoTokenizer.from_pretrained(folder))
    print(_ratio(model, f"[MASK] {text(TOKENS - 2, 1)}", counts[2]), _growth(model, counts[0], counts[1]))


if __name__ == "__main__":
    main()
