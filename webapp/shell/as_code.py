"""What a page shows as code: Python and a command line that give the same numbers. Nothing here knows a page.

AsCode(python, command, missing)      what stands in the drawer "The same as code"
call("one_way", "translation", by_words=False)    one_way(translation, by_words=False)
piped("It's", "map", "translation/en-fr-dot")     printf '%s\\n' 'It'"'"'s' | python -m engine map ...
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from webapp.i18n import N_

ENGINE = "python -m engine"
OWN_MODEL = N_(
    "This model is your own: start Python with ALIGNSCOPE_RUNS or ALIGNSCOPE_MODELS naming the folder that it lies in, "
    "as this app was."
)


@dataclass(frozen=True)
class AsCode:
    """`python` and `command` each give the numbers of the figure; `missing` are sentences about what they lack."""

    python: str
    command: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Name:
    """An argument that is a name in the program, not a text."""

    name: str

    def __repr__(self) -> str:
        return self.name


def call(function: str, *arguments: object, **named: object) -> str:
    """A call in Python; arguments are written by `repr`."""
    return f"{function}({', '.join([*map(repr, arguments), *(f'{name}={value!r}' for name, value in named.items())])})"


def options(values: Mapping[str, object]) -> list[str]:
    """Options of a command: those that are true alone stand without a value, None and false ones stay out.

    A value is joined to its option, so that one which begins with a dash is not taken for another option.
    """
    written = []
    for name, value in values.items():
        if value is True:
            written.append(f"--{name}")
        elif value is not None and value is not False:
            written.append(f"--{name}={value}")
    return written


def command(*arguments: str, model: str | None = None) -> str:
    """A command of the engine, each argument quoted for the shell; `model` stands as it is, as "$model" in a loop."""
    quoted = [shlex.quote(argument) for argument in arguments]
    return " ".join([ENGINE, quoted[0], *([] if model is None else [model]), *quoted[1:]])


def piped(text: str, *arguments: str, model: str | None = None) -> str:
    """The same with a line of text to read, which may hold anything but line feeds."""
    return f"printf '%s\\n' {shlex.quote(text)} |\n  {command(*arguments, model=model)}"


def one_line(text: str) -> str:
    """A document of several lines as the one line that commands read."""
    return text.replace("\n", "<br />")


def for_each(models: Sequence[str], *commands: str) -> str:
    """Commands for several models, in which the model is written as "$model"."""
    body = "\n".join(f"  {line}" for each in commands for line in each.split("\n"))
    return f"for model in {' '.join(map(shlex.quote, models))}; do\n{body}\ndone"


def own_models(names: Iterable[str]) -> tuple[str, ...]:
    """The sentence about models that only whoever runs the app has, where one of `names` is such a one."""
    return (OWN_MODEL,) if any(name.startswith(("run:", "folder:")) for name in names) else ()
