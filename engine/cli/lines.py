"""Text in, line by line, as it comes."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

from engine.errors import Refused

AT_ONCE = 64
"""How many waiting lines are worked on together."""
MAX_LINE = 1_000_000


class Numbered(Refused):
    """A refusal that says which line it is about."""

    def __init__(self, number: int, refused: Refused) -> None:
        super().__init__("Line {line}: {sentence}", line=number, sentence=str(refused))


def each(work: Callable[[Sequence[str]], Sequence[str]]) -> None:
    """Print what `work` makes of the lines of standard input, in order and blank for blank.

    Lines that wait already are worked on together; nobody waits for a line that has not been sent. Where one of them
    is refused, those before it are still printed, and the refusal then names its line.
    """
    for start, lines in _waiting():
        todo = [line for line in lines if line.strip()]
        try:
            made = iter(work(todo))
        except Refused:
            made = _one_by_one(start, lines, work)
        for line in lines:
            print(next(made) if line.strip() else "", flush=True)


def _one_by_one(start: int, lines: list[str], work: Callable[[Sequence[str]], Sequence[str]]) -> Iterator[str]:
    for number, line in enumerate(lines, start):
        if line.strip():
            try:
                yield from work([line])
            except Refused as refused:
                raise Numbered(number, refused) from refused


def _waiting() -> Iterator[tuple[int, list[str]]]:
    """Lines without their ends, all that wait but at most `AT_ONCE`, and the number of the first."""
    waiting: queue.Queue[bytes | None] = queue.Queue(4 * AT_ONCE)
    threading.Thread(target=_fill, args=(waiting, sys.stdin.buffer.readline), daemon=True).start()
    number = 1
    ended = False
    while not ended:
        raw = [waiting.get()]
        while len(raw) < AT_ONCE and raw[-1] is not None and not waiting.empty():
            raw.append(waiting.get())
        lines: list[str] = []
        refusal: Refused | None = None
        for line in raw:
            if line is None:
                ended = True
                break
            try:
                lines.append(_text(line))
            except Refused as refused:
                refusal = Numbered(number + len(lines), refused)
                break
        if lines:
            yield number, lines
        if refusal is not None:
            raise refusal
        number += len(lines)


def _fill(waiting: queue.Queue[bytes | None], read_line: Callable[[int], bytes]) -> None:
    try:
        while line := read_line(MAX_LINE + 1):
            waiting.put(line)
    finally:
        waiting.put(None)  # however reading ends, nobody waits for more


def _text(line: bytes) -> str:
    """Only a line feed ends a line, whatever else the text holds that looks like an end."""
    if len(line) > MAX_LINE:
        raise Refused("It is longer than {limit} bytes.", limit=MAX_LINE)
    try:
        return line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("It is not UTF-8.") from error
