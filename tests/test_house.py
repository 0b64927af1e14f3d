"""Tests about the program itself."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent


def imports(file: Path) -> set[str]:
    """The first part of every module name that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_the_engine_knows_neither_streamlit_nor_the_web_app():
    guilty = [str(f.relative_to(ROOT)) for f in (ROOT / "engine").rglob("*.py") if imports(f) & {"streamlit", "webapp"}]
    assert not guilty
