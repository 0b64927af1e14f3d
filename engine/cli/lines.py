"""Text in, line by line, as it comes."""

from __future__ import annotations

import codecs
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

import typer

from engine.cli.notes import note
from engine.errors import Refused
from engine.text.given import controls

AT_ONCE = 64
"""How many waiting lines are worked on together."""
MAX_LINE = 1_000_000
"""The most bytes of one line."""
CHUNK = 1 << 16

Skip = Annotated[
    bool,
    typer.Option(
        "--skip-refused",
        help="Go on after a line that is refused: it is answered with a blank line (with JSON, with the sentence).",
    ),
]
Work = Callable[[Sequence[str]], Sequence[str]]


class Numbered(Refused):
    """A refusal that says which line it is about."""

    def __init__(self, number: int, refused: Refused) -> None:
        super().__init__("Line {line}: {sentence}", line=number, sentence=str(refused))
        self.number = number
        self.sentence = str(refused)


def each(work: Work, *, skip: bool = False, as_json: bool = False) -> None:
    """Print what `work` makes of the lines of standard input, in order and blank for blank.

    Lines that wait already are worked on together; nobody waits for a line that has not been sent. Where one of them
    is refused, those before it are still printed, and the refusal then names its line; with `skip` all others are
    printed, a refused one is blank (`as_json`: `engine/schemas/refused.json`), and their number is told at the end.
    """
    refused = total = 0
    for start, lines in _waiting():
        for answer in _answers(start, lines, work):
            total += 1
            if not isinstance(answer, Numbered):
                print(answer, flush=True)
                continue
            if not skip:
                raise answer
            refused += 1
            print(_object(answer) if as_json else "", flush=True)
    if refused:
        note(f"{refused} of {total} lines were refused")


def _object(refused: Numbered) -> str:
    return json.dumps({"format": 1, "line": refused.number, "refused": refused.sentence}, ensure_ascii=False)


def _answers(start: int, lines: list[str | Refused], work: Work) -> Iterator[str | Numbered]:
    """One answer for each line: of all together, or where that is refused of each alone."""
    texts = [line for line in lines if isinstance(line, str) and line.strip()]
    together: Iterator[str] | None = None
    refusal: Refused | None = None
    try:
        together = iter(work(texts) if texts else ())
    except Refused as refused:
        refusal = refused if len(texts) == 1 else None
    for number, line in enumerate(lines, start):
        if isinstance(line, Refused):
            yield Numbered(number, line)
        elif not line.strip():
            yield ""
        elif together is not None:
            yield next(together)
        else:
            yield _alone(number, line, work) if refusal is None else Numbered(number, refusal)


def _alone(number: int, line: str, work: Work) -> str | Numbered:
    try:
        (answer,) = work([line])
    except Refused as refused:
        return Numbered(number, refused)
    return answer


def _waiting() -> Iterator[tuple[int, list[str | Refused]]]:
    """Lines without their ends, all that wait but at most `AT_ONCE`, and the number of the first."""
    if sys.stdin is None:
        raise Refused("There is no standard input; send the lines to it, for example with < FILE.")
    # Not through the buffer of `sys.stdin`: a thread that waits in there holds its lock, and a program that leaves
    # meanwhile is aborted. Nobody else reads from it.
    source = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    if source is not sys.stdin.buffer:
        os.set_blocking(source.fileno(), True)  # another program may have left it so that an empty pipe reads as an end
    waiting: queue.Queue[bytes | OSError | None] = queue.Queue(4 * AT_ONCE)
    threading.Thread(target=_fill, args=(waiting, source.read), daemon=True).start()
    number = 1
    ended = False
    while not ended:
        raw = [waiting.get()]
        while len(raw) < AT_ONCE and isinstance(raw[-1], bytes) and not waiting.empty():
            raw.append(waiting.get())
        last = raw[-1]
        if ended := not isinstance(last, bytes):
            raw.pop()
        if raw:
            lines = [_text(line) for line in raw if isinstance(line, bytes)]
            _say_left_out(number, lines)
            yield number, lines
        number += len(raw)
        if isinstance(last, OSError):
            raise Refused("Standard input cannot be read: {reason}.", reason=last.strerror or last) from last


def _say_left_out(number: int, lines: Sequence[object]) -> None:
    """A note for each line with control characters, which are read as if they were not there."""
    for place, line in enumerate(lines, number):
        if isinstance(line, str) and (left_out := controls(line)):
            note(f"Line {place}: control characters left out: {left_out}.")


def _fill(waiting: queue.Queue[bytes | OSError | None], read: Callable[[int], bytes | None]) -> None:
    try:
        for line in _lines(read):
            waiting.put(line)
    except OSError as error:
        waiting.put(error)
    finally:
        waiting.put(None)  # however reading ends, nobody waits for more


def _lines(read: Callable[[int], bytes | None]) -> Iterator[bytes]:
    """Lines without their line feed; one over `MAX_LINE` as soon as it is known to be, and the rest of it never."""
    begun, over = bytearray(), False
    while chunk := read(CHUNK):
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            if not over:
                yield bytes(begun + line)
            begun, over = bytearray(), False
        if not over:
            begun += rest
            if over := len(begun) > MAX_LINE:
                yield bytes(begun)
                begun.clear()
    if begun:
        yield bytes(begun)


def _text(line: bytes) -> str | Refused:
    """Only a line feed ends a line, whatever else the text holds that looks like an end."""
    if len(line) > MAX_LINE:
        return Refused("It is longer than {limit} bytes.", limit=MAX_LINE)
    try:
        return line.removeprefix(codecs.BOM_UTF8).removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError:
        return Refused("It is not UTF-8.")
