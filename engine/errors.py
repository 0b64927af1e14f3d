"""What a visitor can mend."""


class Refused(Exception):
    """Input that cannot be used, said in one sentence that names what came, what was wanted and what to do.

    `template` is an English sentence with named `{facts}`; it stands in the catalogues of the interface and is
    translated where it is shown, so the sentence is put together only then.
    """

    def __init__(self, template: str, **facts: object) -> None:
        super().__init__(template)
        self.template = template
        self.facts = facts

    def __str__(self) -> str:
        return self.template.format(**self.facts)

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are rebuilt from positional arguments alone; without this the facts are lost between processes.
        return _rebuild, (type(self), self.template, self.facts)


def _rebuild(kind: type[Refused], template: str, facts: dict[str, object]) -> Refused:
    return kind(template, **facts)
