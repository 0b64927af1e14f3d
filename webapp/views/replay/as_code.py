"""A replay as Python and as commands."""

from __future__ import annotations

from collections.abc import Sequence

from engine.inference.replay.frames import Probe
from webapp.i18n import N_
from webapp.shell.as_code import AsCode, command, own_models

TABLE = N_("The command prints a line for each frame; with --json it prints the maps as well.")


def as_code(names: Sequence[str], probe: Probe, update: int) -> AsCode:
    """The numbers of all curves, and the map of a probe at an update, -1 for the last."""
    at = "replay.frames[-1]"
    if update >= 0:
        at = f"([each for each in replay.frames if each.update <= {update}] or replay.frames)[-1]"
    python = [
        "from engine.inference.replay.listing import open_replay",
        "",
        f"for name in {list(names)!r}:",
        "    replay = open_replay(name)",
        r"    print(name, *[(frame.update, *frame.scores) for frame in replay.frames], sep='\n')",
        f"    frame = {at}",
        "    for probe, view in zip(replay.about.probes, frame.views):",
        f"        if (probe.text, probe.target) == {(probe.text, probe.target)!r}:",
        "            weights = None if view.cells is None else view.weights().round(3)",
        r"            print(frame.update, view.text, view.rows, probe.columns, weights, sep='\n')",
    ]
    commands = "\n".join(command("replay", name) for name in names)
    return AsCode("\n".join(python), commands, (TABLE, *own_models(names)))
