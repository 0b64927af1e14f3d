"""The maps of the Mechanisms page, as Python and as commands."""

from __future__ import annotations

from collections.abc import Sequence

from engine.traces import Read
from webapp.i18n import N_
from webapp.shell.as_code import AsCode, Name, call, for_each, options, own_models, piped

DRAWS = N_(
    "Where hard attention might have looked instead, its draws, is in neither; `engine.inference.drawn.drawn` makes "
    "them."
)


def as_code(
    models: Sequence[str], text: str, target: str | None, read: Read, *, end: bool = False, draws: bool = False
) -> AsCode:
    """A map of each model: of the translation `target`, or of each one's own; `draws` where draws are shown too."""
    asked: dict[str, object] = {} if target is None else {"target": target}
    effect = {"effect": True} if read == "effect" else {}
    later = {"later": Name("model.info.later")} if read == "attention" else {}
    kept = {"end": True} if end else {}
    python = [
        "from engine.inference.load import translator",
        "from engine.inference.sentence_maps import one_way",
        "",
        "maps = {}",
        f"for name in {list(models)!r}:",
        "    model = translator(name)",
        f"    translation = {call('model.translate', text, **asked, **effect)}",
        f"    maps[name] = {call('one_way', Name('translation'), read, **kept, **later)}",
        "    print(name, translation.output.text, translation.output.logprob)",
        r"    print(maps[name].rows, maps[name].columns, maps[name].matrix.round(3), sep='\n')",
    ]
    printed = piped(text, "map", *options({"read": read, **asked, **kept}), model='"$model"')
    missing = (DRAWS,) if draws else ()
    return AsCode("\n".join(python), for_each(models, printed), missing + own_models(models))
