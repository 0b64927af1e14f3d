"""Changes of a translator's attention, as the command line names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import Refused

if TYPE_CHECKING:
    from engine.attention.imposed import Imposed

Mute = Annotated[
    list[str] | None,
    typer.Option(help="Hide these positions of the source from a recurrent translator's attention, such as 3 or 3,4."),
]
Uniform = Annotated[
    list[str] | None, typer.Option(help="Let these steps of its output look everywhere alike; 0 is all of them.")
]
Permute = Annotated[
    list[str] | None, typer.Option(help="Deal the weights of these steps out anew, with a seed behind a dash: 0-1.")
]
Pin = Annotated[
    list[str] | None,
    typer.Option(help="STEPS-POSITIONS-PERCENT: these steps give so much of their weight there, such as 2-3,4-100."),
]


def asked(**options: Sequence[str] | None) -> Imposed | None:
    """What the options ask for; None where they ask for nothing. Raises `Refused` for what stands for no change."""
    from engine.attention.imposed import Imposed
    from engine.attention.imposed_codes import change

    changes = []
    for name, values in options.items():
        for value in values or ():
            try:
                changes.append(change(f"{name}-{value.replace(',', '_')}"))
            except ValueError:
                raise Refused(
                    "--{option} wants numbers from 1 as its help says and got {text}.", option=name, text=value[:40]
                ) from None
    return Imposed(tuple(changes)) if changes else None


def refuse(imposed: Imposed | None) -> None:
    """Raises `Refused` where changes are asked of a model that takes none."""
    if imposed is not None:
        raise Refused("--mute, --uniform, --permute and --pin are for recurrent translators that have attention.")
