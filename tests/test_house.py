"""Tests about the program itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROGRAM = sorted(f for package in ("engine", "webapp") for f in (ROOT / package).rglob("*.py"))
REQUIREMENTS = [
    Requirement(line.partition("#")[0])
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    if line.partition("#")[0].strip()
]
# Older ones have known holes: server-side request forgery and path traversal, code run from a model's files.
FLOORS = {"streamlit": "1.54", "starlette": "1.1.0", "torch": "2.10", "transformers": "5.3", "safetensors": "0.8"}
MEGABYTE = 2**20


def place(file: Path, node: ast.AST) -> str:
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def nodes(files: list[Path]) -> Iterator[tuple[Path, ast.AST]]:
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            yield file, node


def imports(files: list[Path]) -> Iterator[tuple[str, str]]:
    """Every module a file imports, by its full name, and where."""
    for file, node in nodes(files):
        if isinstance(node, ast.Import):
            yield from ((alias.name, place(file, node)) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, place(file, node)


def top(module: str) -> str:
    return module.partition(".")[0]


def known_to_git() -> list[Path]:
    """Files that are in the repository or would be added to it."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_the_engine_knows_neither_streamlit_nor_the_web_app():
    engine = [f for f in PROGRAM if f.is_relative_to(ROOT / "engine")]
    assert [at for module, at in imports(engine) if top(module) in ("streamlit", "webapp")] == []


def test_no_file_of_the_web_app_hides_a_standard_module():
    # Streamlit puts webapp/ first on the path.
    names = {f.stem for f in (ROOT / "webapp").glob("*.py")} | {
        f.parent.name for f in (ROOT / "webapp").glob("*/__init__.py")
    }
    assert names & (sys.stdlib_module_names - {"__init__"}) == set()


def test_no_pickle_is_ever_read():
    assert [at for module, at in imports(PROGRAM) if top(module) in ("pickle", "dill", "joblib", "shelve")] == []
    loads = [
        (file, node)
        for file, node in nodes(PROGRAM)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load"
    ]
    safe = {"weights_only": True}
    assert [
        place(file, node)
        for file, node in loads
        if not any(k.arg in safe and isinstance(k.value, ast.Constant) and k.value.value is True for k in node.keywords)
    ] == []


def test_no_page_writes_raw_html():
    banned = ("st.html", "components.v1.html", "components.html", "st.components.v1.html")
    guilty = [
        place(file, node)
        for file, node in nodes(PROGRAM)
        if isinstance(node, ast.Call)
        and (ast.unparse(node.func) in banned or any(k.arg == "unsafe_allow_html" for k in node.keywords))
    ]
    assert guilty == []


def test_every_program_file_can_be_read_in_one_go():
    assert [str(f.relative_to(ROOT)) for f in PROGRAM if len(f.read_text(encoding="utf-8").splitlines()) > 300] == []


def test_every_function_of_the_program_can_be_read_in_one_look():
    functions = [(f, node) for f, node in nodes(PROGRAM) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [place(f, node) for f, node in functions if (node.end_lineno or 0) - node.lineno >= 50]
    assert len(functions) > 1000
    assert long == []


VAGUE = {"found", "one", "said", "told", "taken", "given", "seen"}
MOST_VAGUE = {"engine": 0, "webapp": 0}


def binds(node: ast.AST) -> str:
    """The name of a variable, parameter, function or class that a node makes; empty where it makes none."""
    if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
        return node.id if isinstance(node, ast.Name) else node.attr
    if isinstance(node, ast.arg):
        return node.arg
    return node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else ""


@pytest.mark.parametrize("package", MOST_VAGUE)
def test_names_say_what_they_hold(package: str):
    files = [f for f in PROGRAM if f.is_relative_to(ROOT / package)]
    vague = [f"{place(file, node)} {binds(node)}" for file, node in nodes(files) if binds(node) in VAGUE]
    assert len(vague) <= MOST_VAGUE[package], vague


def test_every_requirement_is_pinned_and_installed_as_pinned():
    for requirement in REQUIREMENTS:
        (pin,) = requirement.specifier
        assert pin.operator == "==", f"{requirement} is not pinned"
        assert Version(metadata.version(requirement.name)).public == pin.version, (
            f"{requirement} is not what is installed"
        )


def test_everything_we_import_is_in_the_requirements():
    ours = {"engine", "webapp", "tests"}
    providers = metadata.packages_distributions()
    listed = {re.sub("[-_.]+", "-", requirement.name).lower() for requirement in REQUIREMENTS}
    files = [*PROGRAM, *(f for f in (ROOT / "tests").rglob("*.py") if "benchmarks" not in f.parts)]
    missing = {
        top(module): at
        for module, at in imports(files)
        if top(module) not in ours | sys.stdlib_module_names
        and not listed & {re.sub("[-_.]+", "-", name).lower() for name in providers.get(top(module), [])}
    }
    assert missing == {}


@pytest.mark.parametrize("name", sorted(FLOORS.keys() & {requirement.name for requirement in REQUIREMENTS}))
def test_no_version_with_a_known_hole_is_pinned(name: str):
    assert Version(metadata.version(name)) >= Version(FLOORS[name])


def test_all_pretrained_models_together_stay_small():
    assert sum((ROOT / f).stat().st_size for f in known_to_git() if f.parts[0] == "pretrained") < 300 * MEGABYTE


WITH_ROOMS_INSIDE = ("data", "evaluation", "figures", "models", "training", "views")


def is_room(folder: Path) -> bool:
    """Whether the map names a folder: the first two levels of the tree, and a third where rooms have rooms inside."""
    top, *inner = folder.parts or ("",)
    if not top or top.startswith(".") or (top == "pretrained" and inner):
        return False
    return len(inner) <= 1 or (len(inner) == 2 and inner[0] in WITH_ROOMS_INSIDE)


def test_the_map_in_the_readme_is_the_tree():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme.partition("## The rooms")[2].partition("```text\n")[2].partition("```")[0]
    drawn = {line.split()[0].rstrip("/") for line in block.splitlines() if line.strip()}
    assert drawn == {str(room) for file in known_to_git() for room in file.parents if is_room(room)}


def test_every_command_in_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), f"README names make {target}"


def test_every_setting_is_in_the_readme_and_no_other():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    used = {name for file in PROGRAM for name in re.findall(r"ALIGNSCOPE_[A-Z_]+", file.read_text(encoding="utf-8"))}
    assert set(re.findall(r"^\| `(ALIGNSCOPE_[A-Z_]+)`", readme, flags=re.MULTILINE)) == used
