"""The command that replies to what somebody says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from engine.cli.lines import Skip, each
from engine.cli.reading import Device, Json, Model, dump
from engine.inference import load
from engine.schemas import trace as writer
from engine.schemas.trace import FORMAT


def reply(
    model: Model,
    beam: Annotated[int, typer.Option(help="How many replies are followed at once, and weighed.")] = 10,
    candidate: Annotated[int, typer.Option(min=1, help="Which of them is given, the best being 1.")] = 1,
    mmi: Annotated[
        bool, typer.Option(help="Weigh replies by how likely they make the message; else the likeliest is the best.")
    ] = True,
    as_json: Json = False,
    skip_refused: Skip = False,
    device: Device = "auto",
) -> None:
    """Reply to each line of standard input, one utterance a line; with --json all replies with the parts of their
    score, and where the model looked. Nothing is remembered from one line to the next."""
    from engine.decoding.mmi import LIKELIEST

    responder = load.responder(model, device, folders=True)
    about = {"format": FORMAT, "model": model, "weights_sha256": responder.info.weights_sha256}

    def work(messages: Sequence[str]) -> Sequence[str]:
        search = {"beam": beam, "choose": candidate - 1}
        answers = [responder.reply(message, mmi=None if mmi else LIKELIEST, **search) for message in messages]
        if not as_json:
            return [answer.reply.text for answer in answers]
        return [
            dump({**about, "text": answer.translation.text, **writer.answer(answer, responder.generic)})
            for answer in answers
        ]

    each(work, skip=skip_refused, as_json=as_json)
