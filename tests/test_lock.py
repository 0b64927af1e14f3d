"""The lock files hold all that is installed, by its hash; no network is needed to know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
LOCK, TORCH = ROOT / "requirements.lock", ROOT / "requirements-torch.lock"


class Locked(NamedTuple):
    """One version of a package, and the hashes of its files."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def here(self) -> bool:
        """Whether it is for this machine and this Python."""
        return self.requirement.marker is None or self.requirement.marker.evaluate()

    @property
    def version(self) -> str:
        (pin,) = self.requirement.specifier
        assert pin.operator == "=="
        return pin.version


def locked(*files: Path) -> list[Locked]:
    text = "".join(file.read_text(encoding="utf-8") for file in files).replace("\\\n", "")
    lines = [line.split(" --hash=") for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [Locked(Requirement(first), tuple(map(str.strip, hashes))) for first, *hashes in lines]


def asked_for() -> list[Requirement]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def needed(requirements: list[Requirement]) -> Iterator[Requirement]:
    """What these packages need on this machine, and what that needs in turn; each as whoever needs it says it."""
    waiting, done = list(requirements), set()
    while waiting:
        requirement = waiting.pop()
        yield requirement
        for extra in ("", *requirement.extras):
            if (at := (canonicalize_name(requirement.name), extra)) not in done:
                done.add(at)
                own = map(Requirement, metadata.requires(requirement.name) or ())
                waiting += [need for need in own if need.marker is None or need.marker.evaluate({"extra": extra})]


def here(*files: Path) -> dict[str, str]:
    """Name → version of what the lock files have installed on this machine."""
    return {canonicalize_name(entry.requirement.name): entry.version for entry in locked(*files) if entry.here}


def test_each_pin_of_the_requirements_is_locked_as_it_stands():
    pins = {canonicalize_name(asked.name): str(asked.specifier).removeprefix("==") for asked in asked_for()}
    assert pins.items() <= here(LOCK, TORCH).items(), "make lock"


def test_all_that_is_needed_is_locked_and_nothing_else():
    versions = here(LOCK, TORCH)
    wanted = list(needed(asked_for()))
    names = {canonicalize_name(need.name) for need in wanted}
    assert sorted(names - versions.keys()) == [], "make lock"
    assert sorted(here(LOCK).keys() - names) == [], "make lock"
    unfit = [need for need in wanted if not need.specifier.contains(versions[canonicalize_name(need.name)])]
    assert list(map(str, unfit)) == [], "make lock"


def test_what_is_installed_is_what_is_locked():
    installed = {name: Version(metadata.version(name)).public for name in here(LOCK)}
    assert installed == {name: Version(version).public for name, version in here(LOCK).items()}


def test_every_file_is_known_by_a_hash():
    for entry in locked(LOCK, TORCH):
        assert entry.hashes and all(re.fullmatch("sha256:[0-9a-f]{64}", h) for h in entry.hashes), entry.requirement


def test_only_what_a_build_of_pytorch_brings_along_lies_apart():
    apart = {canonicalize_name(entry.requirement.name) for entry in locked(TORCH)}
    assert "torch" in apart and apart.isdisjoint(here(LOCK))
    assert all(re.match(r"(torch|triton)$|(nvidia|cuda)-", name) for name in apart)


def test_no_lock_names_where_its_files_come_from():
    for file in (LOCK, TORCH):
        assert not re.search(r"://|--(extra-)?index|--find-links", file.read_text(encoding="utf-8"))
