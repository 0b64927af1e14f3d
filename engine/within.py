"""Whether files lie where their names say: no link leads out of the folder in which models may lie."""

from __future__ import annotations

from pathlib import Path


def inside(path: Path, root: Path) -> bool:
    """Whether a file is there, and no link leads out of `root` to it."""
    try:
        return path.is_file() and path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):
        return False  # no access, links in a circle, or a path that no file can have


def all_inside(folder: Path, root: Path) -> bool:
    """Whether nothing in the folder is a link out of `root`: libraries open more of a model than we ask for."""
    try:
        links = [path for path in folder.iterdir() if path.is_symlink()]
        return all(link.resolve().is_relative_to(root.resolve()) for link in links)
    except (OSError, RuntimeError, ValueError):
        return False
