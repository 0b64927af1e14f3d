"""A reply as Python and as a command."""

from __future__ import annotations

from webapp.i18n import N_
from webapp.shell.as_code import AsCode, Name, call, options, own_models, piped

PIECES = N_(
    "The command line gives the map subword by subword with the ends of both sentences; the figure and the Python join "
    "subwords into words and leave the ends out, rows rescaled to 100 %."
)


def as_code(model: str, text: str, *, weighed: bool, candidate: int, attends: bool) -> AsCode:
    """The reply of that number, from 1, all others with the parts of their score, and where the model looked."""
    how = {} if weighed else {"mmi": Name("LIKELIEST")}
    attention = f"attention = {call('one_way', Name('answer.translation'), 'attention')}"
    parts = "reply.logprob, reply.back, reply.pieces, reply.score(answer.mmi), model.generic(reply.text)"
    python = [
        *([] if weighed else ["from engine.decoding.mmi import LIKELIEST"]),
        "from engine.inference.load import responder",
        *(["from engine.inference.sentence_maps import one_way"] if attends else []),
        "",
        f"model = {call('responder', model)}",
        f"answer = {call('model.reply', text, **how, choose=candidate - 1)}",
        *([attention] if attends else []),
        "",
        "print(answer.reply.text, answer.mmi)",
        "for reply in answer.replies:",
        f"    print(reply.text, {parts})",
        *([r"print(attention.rows, attention.columns, attention.matrix.round(3), sep='\n')"] if attends else []),
    ]
    flags = {"no-mmi": not weighed, "candidate": candidate, "json": True}
    missing = ((PIECES,) if attends else ()) + own_models([model])
    return AsCode("\n".join(python), piped(text, "reply", model, *options(flags)), missing)
