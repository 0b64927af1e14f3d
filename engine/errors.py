"""What a visitor can mend."""

from collections.abc import Iterator
from contextlib import contextmanager


def N_(sentence: str) -> str:  # as gettext calls it
    """The sentence itself, marked for the catalogues of the interface where it is raised or shown elsewhere."""
    return sentence


class Refused(Exception):
    """Input that cannot be used, said in one sentence that names what came, what was wanted and what to do.

    `template` is an English sentence with named `{facts}`; it stands in the catalogues of the interface and is
    translated where it is shown, so the sentence is put together only then. Where the sentence says a count, `template`
    is its form for one, `plural` that for every other `{count}`.
    """

    def __init__(self, template: str, *, plural: str = "", **facts: object) -> None:
        super().__init__(template)
        self.template = template
        self.plural = plural
        self.facts = facts

    def __str__(self) -> str:
        form = self.plural if self.plural and self.facts["count"] != 1 else self.template
        return form.format(**self.facts)

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are rebuilt from positional arguments alone; without this the facts are lost between processes.
        return _rebuild, (type(self), self.template, self.plural, self.facts)


class Contradiction(Refused, ValueError):
    """Settings that do not go together, found where a configuration is made: whoever reads one says which it was."""


def _rebuild(kind: type[Refused], template: str, plural: str, facts: dict[str, object]) -> Refused:
    return kind(template, plural=plural, **facts)


@contextmanager
def refusing(reason: Refused) -> Iterator[None]:
    """Raise `reason` for whatever a library makes of files that others wrote.

    Each fault in them comes up as another kind of error; a panic of what is written in Rust is not even an Exception.
    """
    try:
        yield
    except Refused:
        raise
    except Exception as error:
        raise reason from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise reason from error
