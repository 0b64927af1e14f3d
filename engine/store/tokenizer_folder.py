"""The tokenizer of a folder that others filled: looked at, tried in a process of its own, and only then built.

The library is given another folder, which holds what was looked at and nothing else: it would follow names in
tokenizer_config.json to other files, and open whatever lies beside.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.errors import Refused
from engine.store import sentence_pieces, tokenizer_trial
from engine.store.files import CONFIG, read_bytes, read_json
from engine.store.tokenizer_check import MAX_TOKENIZER, check, check_added, check_numbers

TOKENIZER, SETTINGS, MARKS, ADDED = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
SECONDS = 40.0
"""As long as a trial may take, at the worst on a machine that does much else."""
_READ = re.compile(r"vocab\.(json|txt)|merges\.txt|[\w.-]+\.(model|spm)", re.ASCII)
_NOT_READ = ("auto_map", "chat_template", "custom_pipelines", "fast_tokenizer_files", "init_inputs", "merges", "vocab")
_ENVIRONMENT = {
    "TOKENIZERS_PARALLELISM": "false",
    "RAYON_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
}
_NOT_READ_ENDS = ("_file", "_object", "_charsmap")


class CleanFolder:
    """A `folder` with the tokenizer alone, and a process that tries it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self._process: subprocess.Popen[bytes] | None = None
        if (folder / TOKENIZER).exists() or any(any(folder.glob(files)) for files in sentence_pieces.FILES):
            command = [sys.executable, "-I", str(tokenizer_trial.__file__), str(folder)]
            quiet = subprocess.DEVNULL
            self._process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, env=_ENVIRONMENT)

    def passed(self) -> Path:
        """The folder, once the trial has ended well. Raises `Refused` where it failed, or took too much."""
        try:
            code = 0 if self._process is None else self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        if code != 0:
            raise Refused(
                "The tokenizer of {name} failed when it was tried on long texts: it takes too much time or memory, or "
                "is not whole.",
                name=self.name,
            )
        return self.folder

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def prepared(name: str, folder: Path) -> Iterator[CleanFolder]:
    """The tokenizer of a folder, looked at, and being tried while the body does something else.

    Raises `Refused` for what is not safe to build.
    """
    with tempfile.TemporaryDirectory(prefix="alignscope-") as temporary:
        clean = Path(temporary)
        _fill(name, folder, clean)
        tried = CleanFolder(name, clean)
        try:
            yield tried
        finally:
            tried.end()


def _fill(name: str, folder: Path, clean: Path) -> None:
    """Lead from `clean` to each file that makes a tokenizer, once it has been looked at."""
    if (folder / TOKENIZER).exists():
        check(name, _unambiguous(folder / TOKENIZER))
        _lead(clean, folder / TOKENIZER)
    for path in folder.iterdir():
        if _READ.fullmatch(path.name) and path.is_file():
            if path.stat().st_size > MAX_TOKENIZER:
                read_bytes(path, MAX_TOKENIZER)  # says so
            _lead(clean, path)
    sentence_pieces.check(name, clean)
    _lead(clean, folder / CONFIG)
    for file in (MARKS, ADDED):
        if (folder / file).exists():
            marks = read_json(folder / file)
            check_added(name, _texts(marks) if file == MARKS else marks)
            _lead(clean, folder / file)
    if (folder / SETTINGS).exists():
        settings = {key: value for key, value in read_json(folder / SETTINGS).items() if not _unread(key)}
        check_numbers(name, settings)
        check_added(name, _texts(settings.get("added_tokens_decoder")))
        for field in ("additional_special_tokens", "extra_special_tokens"):
            check_added(name, _texts(settings.get(field)))
        (clean / SETTINGS).write_text(json.dumps(settings), encoding="utf-8")


def _lead(clean: Path, path: Path) -> None:
    (clean / path.name).symlink_to(path.resolve())


def _unread(key: str) -> bool:
    return key.startswith("_") or key in _NOT_READ or key.endswith(_NOT_READ_ENDS)


def _texts(marks: Any) -> list[Any]:
    """The texts of tokens, which are written in several ways."""
    values = list(marks.values()) if isinstance(marks, dict) else marks if isinstance(marks, list) else []
    flat = [inner for value in values for inner in (value if isinstance(value, list) else [value])]
    texts = [value.get("content") if isinstance(value, dict) else value for value in flat]
    return [text for text in texts if text is not None]


def _unambiguous(path: Path) -> Mapping[str, Any]:
    """One JSON object in which nothing is named twice: of two, another reader may take the other."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise ValueError("a name stands there twice")
        return fields

    try:
        fields = json.loads(read_bytes(path, MAX_TOKENIZER).decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise Refused("{file} of {name} is not JSON.", file=path.name, name=path.parent.name) from error
    if not isinstance(fields, dict):
        raise Refused("{file} of {name} must hold one JSON object.", file=path.name, name=path.parent.name)
    return fields
