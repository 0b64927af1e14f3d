"""The rooms of the house: no file reaches itself through its imports, and a room imports only rooms below it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# From the bottom up; what stands in one line must not know each other.
FLOORS = {
    "engine": (
        ("errors", "traces"),
        ("attention", "text", "devices"),
        ("models", "decoding"),
        ("capture", "data"),
        ("store",),
        ("runs",),
        ("training", "evaluation"),
        ("inference",),
        ("schemas",),
        ("cli",),
        ("__main__",),
    ),
    "webapp": (
        ("i18n",),
        ("figures", "examples"),
        ("components", "gateway"),
        ("shell",),
        ("views",),
        ("app_pages",),
        ("app",),
        ("hosting",),
        ("server",),
    ),
}
LOOSE = 3


def modules() -> dict[str, Path]:
    """Every program file by the name under which it is imported."""
    files = (file for package in FLOORS for file in sorted((ROOT / package).rglob("*.py")))
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


MODULES = modules()


def imported(file: Path) -> Iterator[str]:
    """Our modules that a file imports anywhere: at its top, inside functions, or for types alone."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file} imports by dots, which this test cannot follow"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from {name if name in MODULES else str(node.module) for name in names} & MODULES.keys()


GRAPH = {module: {name for name in imported(file) if name != module} for module, file in MODULES.items()}


def test_no_file_reaches_itself_through_its_imports():
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


@pytest.mark.parametrize("package", FLOORS)
def test_a_room_imports_only_rooms_below_it(package: str):
    floor = {room: number for number, rooms in enumerate(FLOORS[package]) for room in rooms}
    upward = [
        f"{module} imports {name}"
        for module, names in GRAPH.items()
        for name in sorted(names)
        if module.startswith(f"{package}.") and name.startswith(f"{package}.")
        for room, below in [(module.split(".")[1], name.split(".")[1])]
        if room != below and floor[below] >= floor[room]
    ]
    assert upward == []


@pytest.mark.parametrize("package", FLOORS)
def test_every_room_has_its_floor_and_none_is_named_that_is_not_there(package: str):
    rooms = {module.split(".")[1] for module in MODULES if module.startswith(f"{package}.")}
    assert {room for floor in FLOORS[package] for room in floor} == rooms


def test_no_page_of_the_web_app_imports_another_but_to_open_it():
    opens = {("many_texts", "documents")}  # a row of the table opens as a document
    views = {module: module.split(".")[2] for module in MODULES if module.startswith("webapp.views.")}
    across = {
        (views[module], views[name])
        for module, names in GRAPH.items()
        for name in names
        if {module, name} <= views.keys()
    }
    assert {(page, other) for page, other in across if page != other and other != "shared"} == opens


@pytest.mark.parametrize("package", FLOORS)
def test_few_files_lie_loose_at_the_top(package: str):
    loose = [file.name for file in (ROOT / package).glob("*.py") if file.stem not in ("__init__", "__main__")]
    assert len(loose) <= LOOSE, loose
