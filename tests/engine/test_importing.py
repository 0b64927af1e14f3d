"""Threads that ask for a Transformer at the same moment."""

from __future__ import annotations

import ast
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import torch

from tests import tiny_attention

ROOT = Path(__file__).parent.parent.parent
SERVED = [
    file
    for package in ("engine", "webapp")
    for file in sorted((ROOT / package).rglob("*.py"))
    # Those run one thread in a process of their own.
    if not {"cli", "training", "tokenizer_trial.py", "trial.py"} & set(file.parts)
]


def named(node: ast.AST) -> list[str]:
    """The modules that an import may load, by full name."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def at_once(tree: ast.Module) -> list[str]:
    """What is loaded with the file, and not only once a function is called or for the type checker's eyes."""
    found: list[str] = []
    for node in tree.body:
        found += named(node)
    return found


@cache
def brings_transformers(module: str) -> bool:
    if module.partition(".")[0] == "transformers":
        return True
    path = ROOT / (module.replace(".", "/") + ".py")
    path = path if path.is_file() else path.with_suffix("") / "__init__.py"
    if not path.is_file() or module.partition(".")[0] not in ("engine", "webapp"):
        return False
    return any(brings_transformers(other) for other in at_once(ast.parse(path.read_text(encoding="utf-8"))))


def unguarded(tree: ast.AST, held: bool = False) -> list[int]:
    """Lines in functions that import what brings transformers along without holding the lock."""
    found = []
    for node in ast.iter_child_nodes(tree):
        inside = held or (
            isinstance(node, ast.With) and "one_at_a_time" in map(str, (ast.unparse(i) for i in node.items))
        )
        if not held and any(brings_transformers(module) for module in named(node)):
            found.append(node.lineno)  # type: ignore[attr-defined]
        found += unguarded(node, inside)
    return found


def functions(tree: ast.AST) -> list[ast.AST]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_whatever_brings_transformers_along_is_imported_by_one_thread_at_a_time():
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in SERVED}
    assert [
        f"{file.relative_to(ROOT)}:{line}"
        for file, tree in trees.items()
        for function in functions(tree)
        for line in unguarded(function)
    ] == []
    assert brings_transformers("engine.store.hugging_face") and not brings_transformers("engine.inference.load")


RACE = """
import sys, threading
import torch
from engine.inference import load
from webapp.gateway.current import gateway

def first():
    gateway.heads.look("translation/en-fr-transformer", "So it goes.")

def second():
    while "transformers" not in sys.modules:
        pass
    load.transformer("classification/imdb-transformer")

threads = [threading.Thread(target=first), threading.Thread(target=second)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
import transformers
print(hasattr(sys.modules["engine.store.hugging_face"].transformers, "BertModel"))
"""


def test_two_threads_that_open_their_first_transformers_at_once_both_get_them():
    command = [sys.executable, "-W", "error", "-c", RACE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert (done.stdout.strip(), done.stderr) == ("True", "")


def test_transformers_loaded_by_four_threads_at_once_are_all_whole(tmp_path):
    from engine.store import hugging_face

    words = tiny_attention.tokenizer()
    names = ("translation/en-fr-transformer", "classification/imdb-transformer")
    for name in names:
        tiny_attention.network(name, len(words)).save_pretrained(tmp_path / name)
        words.save_pretrained(tmp_path / name)

    def load(number):
        name = names[number % 2]
        model, _ = hugging_face.load(name, tmp_path / name, torch.device("cpu"))
        return sum(weights.sum().item() for weights in model.state_dict().values())

    alone = [load(0), load(1)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(load, range(16))) == alone * 8
