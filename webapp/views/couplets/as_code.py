"""A couplet as Python and as a command."""

from __future__ import annotations

from webapp.i18n import N_
from webapp.shell.as_code import AsCode, Name, call, options, own_models, piped

END = N_(
    "The command line keeps the end of each line as a row and a column; the figure and the Python leave it out, and "
    "rows are rescaled to 100 %."
)


def as_code(model: str, text: str, fixed: str, *, equal: bool, lines: int, candidate: int, attends: bool) -> AsCode:
    """The second line of that number, from 1, of a search that follows so many `lines`, and where the model looked."""
    search = {"fixed": fixed, "equal": equal, "beam": lines, "nbest": lines, "choose": candidate - 1}
    attention = f"attention = {call('one_way', Name('written'), 'attention', by_words=False)}"
    python = [
        "from engine.inference.load import couplet_writer",
        *(["from engine.inference.sentence_maps import one_way"] if attends else []),
        "from engine.text.couplet import form",
        "",
        f"model = {call('couplet_writer', model)}",
        f"written = {call('model.write', text, **search)}",
        *([attention] if attends else []),
        "",
        "print([line.text for line in written.hypotheses], written.output.text, written.output.logprob)",
        "print(form(written.text, written.output.text))",
        *([r"print(attention.rows, attention.columns, attention.matrix.round(3), sep='\n')"] if attends else []),
    ]
    how = {"fixed": fixed or None, "free-length": not equal, "beam": lines, "candidate": candidate, "json": True}
    missing = ((END,) if attends else ()) + own_models([model])
    return AsCode("\n".join(python), piped(text, "couplet", model, *options(how)), missing)
