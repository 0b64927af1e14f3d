"""What the app writes as code, run: Python as it stands, and commands by a real shell that calls this very program."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.cli.app import main

PYTHON = """#!/usr/bin/env bash
[ "$1" = -c ] && exec {python} "$@"
number=$(ls {folder} | wc -l)
printf '%s\\0' "$@" > {folder}/$((1000 + number)).called
[ -p /dev/stdin ] && cat > {folder}/$((1000 + number)).read
exit 0
"""


def python(source: str) -> dict[str, Any]:
    """The names that a piece of Python leaves behind; what it prints is let go."""
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<as code>", "exec"), names)
    return names


def called(command: str, folder: Path) -> list[tuple[list[str], bytes]]:
    """What bash makes of commands: the arguments of each `python`, and what is sent to it."""
    calls, tools = folder / "calls", folder / "tools"
    for place in (calls, tools):
        place.mkdir(parents=True)
    (tools / "python").write_text(PYTHON.format(python=sys.executable, folder=calls), encoding="utf-8")
    (tools / "python").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(Path.cwd())}
    subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, env=environment, check=True)
    answers = []
    for call in sorted(calls.glob("*.called")):
        sent = call.with_suffix(".read")
        answers.append((call.read_text(encoding="utf-8").split("\0")[:-1], sent.read_bytes() if sent.exists() else b""))
    return answers


def commands(command: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The objects that commands print, in order; the program runs here, with what the shell would give it."""
    objects = []
    for arguments, sent in called(command, folder):
        assert arguments[:2] == ["-m", "engine"], arguments
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(sent), encoding="utf-8"))
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.chdir(folder), pytest.raises(SystemExit) as left:
            main(arguments[2:])
        assert left.value.code == 0, arguments
        objects += [json.loads(line) for line in out.getvalue().splitlines() if line]
    return objects
