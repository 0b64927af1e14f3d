"""Start the app as visitors get it, on a free port, for as long as a test needs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
START_LIMIT = 60.0  # seconds


@dataclass(frozen=True)
class Served:
    """A running app: where it listens, its process, and the file that takes what it prints."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def serve(folder: Path, *options: str, **environment: str) -> Iterator[Served]:
    """The app by its own start command, up and healthy, its log in `folder`; RuntimeError with the log if it dies.

    Without its second process, which takes seconds of a core to start, unless `environment` has ALIGNSCOPE_SECOND.
    """
    environment = {"ALIGNSCOPE_SECOND": "0", **environment}
    url = f"http://127.0.0.1:{free_port()}"
    log = folder / "server.log"
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "webapp/server.py",
        "--server.port",
        url.rpartition(":")[2],
        *options,
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + START_LIMIT
        while True:
            try:
                if httpx.get(url + "/_stcore/health").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the app did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.1)
        yield Served(url, process, log)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
