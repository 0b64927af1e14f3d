"""Measure the app and the engine, and compare with other programs. `make bench` runs everything.

    .venv-bench/bin/python -m tests.benchmarks                    all parts
    .venv-bench/bin/python -m tests.benchmarks latency memory     some of them
    .venv-bench/bin/python -m tests.benchmarks --list

Nothing else should run on the machine; what other processes used is measured too and said beside the figures. Tables
are printed, and kept in `.work/bench/` as Markdown and JSON.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks.measuring import OUTPUT, Figure, Others, Settings, Skipped, machine, watched

PARTS = {
    "latency": "one sentence, warm: translation, effect, ten scoring functions",
    "documents": "classifying reviews, and learning to",
    "interaction": "server time of one interaction on Translate",
    "first_map": "from `make app` to the first heat map in a browser",
    "visitors": "twenty visitors typing sentences",
    "memory": "growth over two thousand predictions",
    "heads": "all heads of a model of BERT base's size, beside BertViz",
    "real_models": "two models that people use: equal to the library, and heads as they are known",
    "endless": "what is made to take long: read or refused in time",
    "throughput": "training speed beside JoeyNMT",
    "processes": "training in two processes beside one",
    "quantised": "what storing weights as int8 costs in BLEU",
}


def main() -> int:
    parser = argparse.ArgumentParser(
        "python -m tests.benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--list", action="store_true", help="say what the parts are, and stop")
    parser.add_argument("--short", action="store_true", help="only try the parts out; the figures mean little")
    parser.add_argument("--model", default="translation/en-fr-additive", help="the model that sentences are put to")
    parser.add_argument("--run", type=Path, help="folder of a finished run with its checkpoint, for `quantised`")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    given = parser.parse_args()
    if given.list:
        print("\n".join(f"{name:12} {said}" for name, said in PARTS.items()))
        return 0
    unknown = sorted(set(given.parts) - set(PARTS))
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")

    settings = Settings(given.model, given.run, given.short)
    parts: list[tuple[str, list[Figure], Others]] = []
    skipped: list[tuple[str, str]] = []
    for name in given.parts or PARTS:
        print(f"{name}: {PARTS[name]}", file=sys.stderr, flush=True)
        part = importlib.import_module(f"tests.benchmarks.{name}")
        try:
            with watched() as others:
                figures = part.measure(settings)
        except Skipped as reason:
            skipped.append((name, str(reason)))
            print(f"  left out: {reason}", file=sys.stderr)
            continue
        parts.append((name, figures, others))
        for figure in figures:
            print(f"  {report.row(figure)}", file=sys.stderr, flush=True)
    about = {**machine(), "short": given.short}
    path = report.write(given.output, about, parts, skipped)
    print(report.table(parts, skipped))
    print(f"kept in {path.parent / path.stem}.md and .json", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
