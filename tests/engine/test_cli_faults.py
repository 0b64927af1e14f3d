"""The command line in bad surroundings: code 2 and one sentence, never a traceback and never an abort."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import torch

from engine.cli.lines import CHUNK, MAX_LINE, _lines
from engine.errors import Refused
from engine.store.own_format import save_model
from tests.engine.terminal import Told, refused, valid

ROOT = Path(__file__).parent.parent.parent
LINES = "A man rides.\n\N{ZERO WIDTH SPACE}\n\nTwo women.\n"
"""The second is refused, the third blank."""


@contextmanager
def process(*arguments: str, **streams: object) -> Iterator[subprocess.Popen[bytes]]:
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    command = [sys.executable, "-m", "engine", *arguments]
    program = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ, OMP_NUM_THREADS="1"), **streams)  # type: ignore[call-overload]
    try:
        yield program
    finally:
        program.kill()
        for stream in (program.stdin, program.stdout, program.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        program.wait()


def left(program: subprocess.Popen[bytes]) -> Told:
    """How a program left whose standard input stays open."""
    code = program.wait(100)
    out, err = (b"" if stream is None else stream.read() for stream in (program.stdout, program.stderr))
    return Told(code, out.decode(), err.decode())


@pytest.mark.parametrize(
    ("arguments", "line", "sentence"),
    [
        (["align", "run:tiny"], b"no tab\n", "Line 1: A line must hold one source"),
        (["translate", "run:tiny"], b"\xff\xfe\x00\x01\n", "Line 1: It is not UTF-8."),
        (["trace", "run:tiny"], "\u200b\n".encode(), "Line 1: Type a sentence first."),
        (["classify", "classification/imdb-han"], b"\xe2\x80\x8b\n", "Line 1: Type a text first."),
        (["translate", "run:tiny"], b"x" * 100_000_000, "Line 1: It is longer than"),
    ],
    ids=["align", "binary", "trace", "classify", "a line of 100 MB that has not ended"],
)
def test_a_refusal_while_more_may_still_come_leaves_with_two(stored, arguments, line, sentence) -> None:
    with process(*arguments) as program:
        assert program.stdin is not None
        try:
            program.stdin.write(line)
            program.stdin.flush()
        except BrokenPipeError:  # it has left before all of a long line was sent
            pass
        refused(left(program), sentence)


@pytest.mark.parametrize("arguments", [["models"], ["translate", "run:tiny"]], ids=" ".join)
def test_a_full_disk_at_the_other_end_is_a_sentence(stored, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "engine", *arguments]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, cwd=ROOT, input=b"A man.\n", stdout=full, stderr=subprocess.PIPE, check=False)
    refused(Told(done.returncode, "", done.stderr.decode()), "The disk is full")


@pytest.mark.parametrize(
    ("closed", "sentence"),
    [("0<&-", "There is no standard input"), ("1>&-", "There is no standard output"), ("2>&-", "")],
)
def test_a_stream_that_is_closed_is_a_sentence(stored, closed: str, sentence: str) -> None:
    command = f'echo "A man rides." | "{sys.executable}" -m engine translate run:tiny {closed}'
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    if sentence:
        refused(Told(done.returncode, done.stdout, done.stderr), sentence)
    else:
        assert done.returncode == 0 and done.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "The disk is full (/x/y)"),
        (OSError(errno.EROFS, "Read-only file system", "/x/y"), "/x/y cannot be written or read"),
        (PermissionError(errno.EACCES, "Permission denied", "/x/y"), "/x/y cannot be written or read"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/x/y"), "/x/y cannot be used: Not a directory"),
        (MemoryError(), "not enough memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"), "not enough memory"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
@pytest.mark.parametrize("command", ["translate", "train"])
def test_what_the_machine_refuses_is_a_sentence(run, stored, monkeypatch, tmp_path, command, error, sentence) -> None:
    def fails(*arguments: object, **more: object) -> None:
        raise error

    monkeypatch.setattr("engine.inference.translator.Translator.translate_many", fails)
    monkeypatch.setattr("engine.training.runs.train", fails)
    refused(run(command, "run:tiny", given="x\n"), sentence)


def test_an_error_of_ours_is_not_hidden(run, stored, monkeypatch) -> None:
    def fails(*arguments: object) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr("engine.inference.translator.Translator.translate_many", fails)
    with pytest.raises(RuntimeError, match="shapes differ"):
        run("translate", "run:tiny", given="x\n")


@pytest.mark.parametrize("size", [1, 3, CHUNK])
def test_lines_are_the_same_however_they_come(size: int) -> None:
    content = b"a\n\nb\r\n" + b"x" * MAX_LINE + b"\n" + b"y" * (MAX_LINE + 9) + b"\nlast"
    content = content if size > 3 else content[:6] + b"\nlast"
    pieces = (content[start : start + size] for start in range(0, len(content), size))
    found = list(_lines(lambda most: next(pieces, b"")))
    assert [line[: MAX_LINE + 1] for line in found] == [line[: MAX_LINE + 1] for line in content.split(b"\n")]
    assert max(map(len, found)) <= MAX_LINE + CHUNK


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (["translate", "run:tiny"], LINES),
        (["classify", "classification/imdb-han"], LINES),
        (["align", "run:tiny"], "A man.\tUn homme.\nno tab\n\nTwo.\tDeux.\n"),
    ],
    ids=["translate", "classify", "align"],
)
def test_refused_lines_are_skipped_where_that_is_asked(run, stored, arguments, given) -> None:
    told = run(*arguments, "--skip-refused", given=given)
    assert told.code == 0 and told.err == "1 of 4 lines were refused\n"
    lines = given.splitlines()
    alone = run(*arguments, given=f"{lines[0]}\n{lines[3]}\n").lines
    assert told.lines == [alone[0], "", "", alone[1]]
    objects = run(*arguments, "--skip-refused", "--json", given=given).lines
    assert valid("refused", objects[1])["line"] == 2 and objects[2] == "" and objects[0] and objects[3]


def test_trace_skips_what_cannot_be_read_at_all(run, stored) -> None:
    given = b"A man.\n" + b"x" * (MAX_LINE + 10) + b"\n\xff\nTwo women.\n"
    told = run("trace", "run:tiny", "--skip-refused", given=given)
    assert told.code == 0 and told.err == "2 of 4 lines were refused\n"
    assert [valid("refused", line)["line"] for line in told.lines[1:3]] == [2, 3]
    assert [valid("trace", told.lines[i])["text"] for i in (0, 3)] == ["A man.", "Two women."]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_threshold_that_is_no_number_is_refused(run, stored, value) -> None:
    for more in ([], ["--json"]):
        told = run("align", "run:tiny", "--threshold", value, *more, given="A man.\tUn homme.\n")
        refused(told, f"--threshold must be a number, got {value}")


def test_both_wants_another_model_of_the_other_direction(run, stored, runs, make_model, tokenizer) -> None:
    def store(name: str, source: str, target: str) -> None:
        meta = {"task": "translation", "source_language": source, "target_language": target}
        save_model(runs / name, make_model(len(tokenizer), seed=5), tokenizer, meta)

    for name, source, target in (("same", "en", "fr"), ("other", "zh", "en"), ("back", "fr", "en")):
        store(name, source, target)
    given = "A man rides.\tUn homme.\n"
    refused(run("align", "run:tiny", "--both", "run:tiny", given=given), "run:tiny itself")
    refused(run("align", "run:tiny", "--both", str(runs / "tiny"), given=given), "itself")
    for name in ("same", "other"):
        told = run("align", "run:tiny", "--both", f"run:{name}", given=given)
        refused(told, f"wants a model from fr to en, and run:{name} is none")
    assert run("align", "run:tiny", "--both", "run:back", given=given).code == 0


def test_marks_that_nobody_sees_change_no_answer(run, stored) -> None:
    plain, marked = "A man rides.\n", "\ufeffA m\u00adan ri\u00addes.\n"
    assert run("translate", "run:tiny", given=marked * 2).lines == run("translate", "run:tiny", given=plain * 2).lines
    pair = "A man.\tUn homme.\n"
    for more in ([], ["--tokenized"]):
        marked = f"\ufeff{pair}\ufeff{pair}".replace("homme", "hom\u00adme")
        assert (
            run("align", "run:tiny", *more, given=marked).lines == run("align", "run:tiny", *more, given=pair * 2).lines
        )
    assert run("translate", "run:tiny", given="\ufeff\n").lines == [""]


def test_the_words_of_a_document_stand_where_its_trace_says(run, stored) -> None:
    text = "\ufeffA won\u00adderful film. It was good."
    found = valid("trace", run("trace", "classification/imdb-han", given=text + "\n").lines[0])
    words = [found["text"][start:end] for one in found["sentences"] for start, end in one["words"]]
    assert words[:3] == ["A", "wonderful", "film"]


def test_a_given_word_that_is_nothing_but_an_invisible_mark_is_named() -> None:
    from engine.text.given import check_words

    assert check_words("\ufeffwon\u00adderful film") == ["wonderful", "film"]
    for words in ("a \u00ad b", ["a", "\ufeff", "b"]):
        with pytest.raises(Refused, match="Word 2 is blank"):
            check_words(words)
