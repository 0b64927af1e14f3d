"""What is known of a model as Python and as a command."""

from __future__ import annotations

from webapp.i18n import N_
from webapp.shell.as_code import AsCode, call, command, own_models

FIGURES = N_("The command prints the engine's card; the Python gives the numbers that the page shows.")


def as_code(model: str) -> AsCode:
    """The configuration, the measured figures and the training of one of our models."""
    python = [
        "from engine.store.catalogue import find",
        "",
        f"model = {call('find', model)}",
        "",
        r"print(model.config, model.training, model.metrics, model.weights_sha256, sep='\n')",
    ]
    return AsCode("\n".join(python), command("card", model), (FIGURES, *own_models([model])))
