"""Try a tokenizer.json that others wrote, in a process of its own with little memory and time.

Run by its path, with the folder as its only argument, and imports nothing of ours: so that it starts in a moment, and
what is wrong with the file ends this process and no other.
"""

from __future__ import annotations

import sys
from pathlib import Path

MEMORY, SECONDS = 1_500_000_000, 10
LONG, SHORT = 24_000, 2_000
"""Characters: a text may be as long as the first; what explodes does so in the second as well."""
_LONG = ("a", "a ", "中")
_SHORT = (" ", "\n", "1", "!", "'s", "é", "Ab", "a\u0301", "\U0001f600", "▁", "<", "\ufdfa", "the cat. ")
# All of ASCII that leaves ink too: a pattern is not tried at all where a letter that it must meet is nowhere.
_END = "!x\n1 é" + "".join(map(chr, range(33, 127)))


def texts() -> list[str]:
    """Texts that go on with the same, and end with something else."""
    lengths = [*((part, LONG) for part in _LONG), *((part, SHORT) for part in _SHORT)]
    return [(part * length)[: length - len(_END)] + _END for part, length in lengths]


def main(folder: Path) -> None:
    _limit()
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    for text in texts():
        tokenizer.decode(tokenizer.encode(text).ids[:2_048])


def _limit() -> None:
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limits; whoever waits for this process has a clock
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
