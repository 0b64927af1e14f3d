"""A model of the hub is fetched from a server that speaks as the hub does, here on loopback."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import torch

from engine.errors import Refused
from engine.inference import load
from engine.inference.transformer import Request
from engine.store import hub
from tests.engine.tiny_transformers import tiny, tokenizer
from tests.serving import free_port

CPU = torch.device("cpu")
COMMIT = "a" * 40


class Hub(ThreadingHTTPServer):
    """Gives out one model, `tiny/bert`; `asked` holds the paths it was asked for."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = files
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        path = urlsplit(self.path).path
        self.server.asked.append(path)
        if path.startswith("/api/models/tiny/bert/tree"):
            self.give(self.tree(), body)
        elif path.startswith("/api/models/tiny/bert"):
            self.give(self.described(), body)
        elif path.startswith("/tiny/bert/resolve/") and path.rpartition("/")[2] in self.server.files:
            self.give(self.server.files[path.rpartition("/")[2]], body)
        else:
            self.give(b'{"error": "Repository not found"}', body, 404)

    def described(self) -> bytes:
        siblings = [{"rfilename": name, "size": len(content)} for name, content in self.server.files.items()]
        return json.dumps({"id": "tiny/bert", "sha": COMMIT, "siblings": siblings}).encode()

    def tree(self) -> bytes:
        rows = [
            {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
            for name, content in self.server.files.items()
        ]
        return json.dumps(rows).encode()

    def give(self, content: bytes, body: bool, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *given: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    made = tmp_path / "made"
    tiny("bert").save_pretrained(made)
    tokenizer().save_pretrained(made)
    files = {path.name: path.read_bytes() for path in made.iterdir()}
    server = Hub({**files, "pytorch_model.bin": b"\x80\x04", "evil.py": b"1"})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    for place in ("constants.ENDPOINT", "hf_api.constants.ENDPOINT"):
        monkeypatch.setattr(f"huggingface_hub.{place}", server.address)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        server.address + "/{repo_id}/resolve/{revision}/{filename}",
    )
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_model_is_fetched_once_told_of_and_read(served: Hub) -> None:
    told: list[tuple[int, int]] = []
    model = load.transformer("hf:tiny/bert", "cpu", watch=lambda there, whole: told.append((there, whole)))
    assert model.look(Request("the cat sat")).overviews[0].layers == 3
    assert told and told[-1][0] >= len(served.files["model.safetensors"])
    assert not any(path.endswith((".bin", ".py")) for path in served.asked)
    count = len(served.asked)
    load.transformer("hf:tiny/bert", "cpu")
    there = hub.local("hf:tiny/bert")
    assert len(served.asked) == count
    assert there is not None and model.weights_sha256 == hashlib.sha256(served.files["model.safetensors"]).hexdigest()


def test_before_a_model_is_fetched_it_is_not_here_and_nobody_is_asked(served: Hub) -> None:
    assert hub.local("hf:tiny/bert") is None and not served.asked


def test_a_model_that_is_not_there_is_refused(served: Hub) -> None:
    with pytest.raises(Refused, match="no model hf:tiny/other"):
        hub.folder("hf:tiny/other", CPU)


def test_a_hub_that_does_not_answer_is_said_in_a_sentence(served: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Refused, match="the hub cannot be reached"):
        hub.folder("hf:tiny/bert", CPU)


def test_a_model_of_an_unknown_kind_is_refused_before_its_weights_are_fetched(served: Hub) -> None:
    served.files["config.json"] = json.dumps({"model_type": "gpt9"}).encode()
    with pytest.raises(Refused, match="kind 'gpt9'"):
        hub.folder("hf:tiny/bert", CPU)
    assert not any(path.endswith("model.safetensors") for path in served.asked)


def test_a_model_too_large_is_refused_before_its_weights_are_fetched(
    served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.store.hugging_face._free", lambda device: 1000)
    with pytest.raises(Refused, match="are free"):
        hub.folder("hf:tiny/bert", CPU)
    assert not any(path.endswith("model.safetensors") for path in served.asked)


def test_a_model_without_safetensors_is_refused(served: Hub) -> None:
    del served.files["model.safetensors"]
    with pytest.raises(Refused, match="no safetensors"):
        hub.folder("hf:tiny/bert", CPU)
