"""Figures as a table to read and as JSON to keep."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import Figure, Others

HEAD = "| what | measured | goal | reached |\n|---|---:|---:|---|"


def number(value: float) -> str:
    """Three significant digits, thousands in full."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def row(figure: Figure) -> str:
    goal = "" if figure.goal is None else f"{figure.sense} {number(figure.goal)} {figure.unit}"
    reached = {True: "yes", False: "**no**", None: ""}[figure.met]
    return f"| {figure.what} | {number(figure.value)} {figure.unit} | {goal} | {reached} |"


def table(parts: Sequence[tuple[str, Sequence[Figure], Others]], skipped: Sequence[tuple[str, str]]) -> str:
    """Markdown: all figures, then what was left out, then which parts shared the machine."""
    lines = [HEAD, *(row(figure) for _, figures, _ in parts for figure in figures)]
    lines += [f"\nLeft out: {name}: {why}" for name, why in skipped]
    noisy = [f"{name} ({others.cores:.2f} cores)" for name, _, others in parts if not others.quiet]
    if noisy:
        lines.append(f"\nNot quiet: other processes were computing during {', '.join(noisy)}.")
    return "\n".join(lines) + "\n"


def write(
    folder: Path,
    about: dict[str, Any],
    parts: Sequence[tuple[str, Sequence[Figure], Others]],
    skipped: Sequence[tuple[str, str]],
) -> Path:
    """`<time>.json` and `<time>.md` in `folder`; gives the path of the table."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    figures = [
        asdict(figure) | {"part": name, "met": figure.met, "others_cores": round(others.cores, 3)}
        for name, found, others in parts
        for figure in found
    ]
    whole = {**about, "figures": figures, "skipped": dict(skipped)}
    (folder / f"{stamp}.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    path = folder / f"{stamp}.md"
    facts = ", ".join(f"{name} {value}" for name, value in about.items())
    path.write_text(f"{facts}\n\n{table(parts, skipped)}", encoding="utf-8")
    return path
