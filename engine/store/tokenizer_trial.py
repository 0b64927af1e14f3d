"""Try a tokenizer that others wrote, in a process of its own with little memory and time.

Run by its path, with the folder as its only argument. For a tokenizer.json it imports nothing of ours, so that it
starts in a moment; files of SentencePiece are built as they will be. What is wrong with the files ends this process and
no other.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

MEMORY, SECONDS = 1_500_000_000, 10
MORE_MEMORY, MORE_SECONDS = 4_000_000_000, 30
"""For building one of SentencePiece's files: the library alone takes seconds to import, and ranks each merge."""
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
    file = folder / "tokenizer.json"
    for tokenizer in _of_json(file) if file.exists() else _of_pieces(folder):
        tokenizer.no_padding()
        tokenizer.no_truncation()
        for text in texts():
            tokenizer.decode(tokenizer.encode(text).ids[:2_048])


def _of_json(file: Path) -> list[Any]:
    _limit(MEMORY, SECONDS)
    from tokenizers import Tokenizer

    return [Tokenizer.from_file(str(file))]


def _of_pieces(folder: Path) -> list[Any]:
    """That of the source, and that of the target where it has its own; none of what is refused anyway."""
    _limit(MORE_MEMORY, MORE_SECONDS)
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from engine.store.tokenizer_build import build

    source = build(folder)
    sides: list[Any] = [source, getattr(source, "target_side", None)]
    return [side.backend_tokenizer for side in sides if getattr(side, "is_fast", False)]


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limits; whoever waits for this process has a clock
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
