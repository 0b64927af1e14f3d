"""The maps of the Mechanisms page, as Python and as commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.attention import imposed_codes
from engine.attention.imposed import Imposed
from engine.traces import Read
from webapp.i18n import N_
from webapp.shell.as_code import AsCode, Name, call, for_each, options, own_models, piped

DRAWS = N_(
    "Where hard attention might have looked instead, its draws, is in neither; `engine.inference.drawn.drawn` makes "
    "them."
)


class Imposing(NamedTuple):
    """Changes of attention as they stand in links, and the names of the models that they were made of."""

    codes: tuple[str, ...]
    models: tuple[str, ...]


def as_code(
    models: Sequence[str],
    text: str,
    target: str | None,
    read: Read,
    *,
    end: bool = False,
    draws: bool = False,
    imposed: Imposing | None = None,
) -> AsCode:
    """A map of each model: of the translation `target`, or of each one's own; `draws` where draws are shown too, and
    `imposed` where attention was changed."""
    asked: dict[str, object] = {} if target is None else {"target": target}
    effect = {"effect": True} if read == "effect" else {}
    later = {"later": Name("model.info.later")} if read == "attention" else {}
    kept = {"end": True} if end else {}
    changes = Imposed() if imposed is None else imposed_codes.imposed(imposed.codes)
    kinds = ", ".join(sorted({"Imposed", *(type(each).__name__ for each in changes.changes)}))
    python = [
        *([f"from engine.attention.imposed import {kinds}"] if imposed else []),
        *(["from engine.inference.imposed import impose"] if imposed else []),
        "from engine.inference.load import translator",
        "from engine.inference.sentence_maps import one_way",
        "",
        "maps = {}",
        *(["changed, changed_maps = {}, {}"] if imposed else []),
        f"for name in {list(models)!r}:",
        "    model = translator(name)",
        f"    translation = {call('model.translate', text, **asked, **effect)}",
        f"    maps[name] = {call('one_way', Name('translation'), read, **kept, **later)}",
        "    print(name, translation.output.text, translation.output.logprob)",
        r"    print(maps[name].rows, maps[name].columns, maps[name].matrix.round(3), sep='\n')",
    ]
    if imposed is not None:
        python += [
            f"    if name in {list(imposed.models)!r}:",
            f"        changed[name] = {call('impose', Name('model'), Name('translation'), changes)}",
            "        print(changed[name].new.output.text, changed[name].rise.sum())",
            f"        changed_maps[name] = {call('one_way', Name('changed[name].same'), 'attention', end=True)}",
            "        print(changed_maps[name].matrix.round(3))",
        ]
    printed = piped(text, "map", *options({"read": read, **asked, **kept}), model='"$model"')
    missing = (DRAWS,) if draws else ()
    commands = [for_each(models, printed)]
    if imposed is not None:
        made = [f"--{name}={rest}" for name, _, rest in (each.partition("-") for each in imposed.codes)]
        commands.append(for_each(imposed.models, piped(text, "trace", *options(asked), *made, model='"$model"')))
    return AsCode("\n".join(python), "\n".join(commands), missing + own_models(models))
