"""Who waits for a device, what is held for all, and how a long request lets others go first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.state import SafeSessionState, SessionState

from engine.errors import Refused
from webapp.gateway import in_turns, turns
from webapp.gateway.answers import Answers, size
from webapp.gateway.chunks import AT_FIRST, FEWEST, SECONDS, Pace, classified
from webapp.gateway.in_turns import InTurns
from webapp.gateway.registry import Registry
from webapp.gateway.turns import Broken, Queue, contained

PATIENCE = 10.0  # seconds


class Panic(BaseException):
    """What some libraries end with."""


@pytest.mark.parametrize("end", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), Panic("boom")])
def test_whatever_is_no_error_comes_out_as_one_that_names_it(end: BaseException):
    with pytest.raises(Broken, match=type(end).__name__) as caught, contained():
        raise end
    assert caught.value.__cause__ is end


@pytest.mark.parametrize("error", [ValueError("x"), Refused("x"), StopException(), RerunException(RerunData())])
def test_errors_and_the_ways_of_streamlit_to_stop_a_page_pass_through(error: BaseException):
    with pytest.raises(type(error)) as caught, contained():
        raise error
    assert caught.value is error


def started(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_one_computes_at_a_time_however_many_ask():
    queue, inside, most = Queue(50), [0], [0]

    def work() -> None:
        with queue.turn():
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1

    threads = [started(work) for _ in range(20)]
    for thread in threads:
        thread.join(PATIENCE)
    assert most == [1] and not queue.wanted


def test_what_can_come_later_lets_all_others_go_first():
    queue, order = Queue(10), []
    first, go = threading.Event(), threading.Event()

    def hold() -> None:
        with queue.turn():
            first.set()
            go.wait(PATIENCE)

    def ask(name: str, later: bool) -> Callable[[], None]:
        def work() -> None:
            with queue.turn(later=later):
                order.append(name)

        return work

    threads = [started(hold)]
    first.wait(PATIENCE)
    for name, later, hurried, within in (("later", True, 0, 2), ("now", False, 1, 3), ("now too", False, 2, 4)):
        threads.append(started(ask(name, later)))
        waiting = threading.Event()
        for _ in range(1000):
            if (queue._inside, queue._hurried) == (within, hurried):
                break
            waiting.wait(0.005)
    assert queue.wanted and order == []
    go.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(order[:2]) == ["now", "now too"] and order[2] == "later"


def test_what_is_drawn_later_waits_for_those_who_have_nothing_to_see_yet():
    queue, order = Queue(waiting=8), []

    def drawn_later() -> None:
        queue.give_way()
        order.append("later")

    with queue.hurrying():
        thread = started(drawn_later)
        assert not soon(lambda: "later" in order, seconds=0.2)
        with queue.turn():
            order.append("first")
    thread.join(PATIENCE)
    assert order == ["first", "later"]


def test_nobody_gives_way_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    queue = Queue(waiting=8)
    with queue.hurrying():
        queue.give_way()


def test_whoever_is_in_a_hurry_himself_waits_for_his_patience_at_most(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    queue = Queue(waiting=8)

    def hurried() -> None:
        with queue.hurrying(), queue.turn(later=True):
            pass

    thread = started(hurried)
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_whoever_fails_in_a_hurry_is_in_none_any_more():
    queue = Queue(waiting=8)
    with pytest.raises(Refused), queue.hurrying():
        raise Refused("x")
    queue.give_way()
    with queue.turn(later=True):
        pass


def soon(said: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not said():
        time.sleep(0.01)
    return said()


def test_the_later_parts_of_a_long_request_are_let_in_where_a_newcomer_is_sent_away():
    queue = Queue(0)
    first, go = threading.Event(), threading.Event()

    def hold() -> None:
        with queue.turn():
            first.set()
            go.wait(PATIENCE)

    done = threading.Event()

    def part() -> None:
        with queue.turn(let_in=True):
            done.set()

    holder = started(hold)
    first.wait(PATIENCE)
    with pytest.raises(Refused, match="Many people are asking"), queue.turn():
        pass
    thread = started(part)
    go.set()
    holder.join(PATIENCE)
    thread.join(PATIENCE)
    assert done.is_set() and not queue.wanted


def test_a_turn_that_ends_in_a_panic_is_given_back():
    queue = Queue(0)
    for later in (False, True):
        with pytest.raises(Broken), queue.turn(later=later):
            raise SystemExit
    with queue.turn(later=True):
        assert queue.wanted
    assert not queue.wanted and queue._hurried == 0


@pytest.mark.parametrize("end", [StopException(), RerunException(RerunData())])
@pytest.mark.parametrize("later", [False, True])
def test_what_nobody_waits_for_any_more_when_its_turn_comes_is_not_computed(
    monkeypatch: pytest.MonkeyPatch, end: BaseException, later: bool
):
    queue, computed, ended = Queue(5), [], []
    left, first, go = threading.Event(), threading.Event(), threading.Event()

    def leave() -> None:
        if left.is_set() and threading.current_thread().name == "leaves":
            raise end  # as Streamlit does where another run of the page is to follow

    run = SimpleNamespace(session_state=SafeSessionState(SessionState(), leave))
    monkeypatch.setattr(turns, "get_script_run_ctx", lambda suppress_warning: run)

    def hold() -> None:
        with queue.turn():
            first.set()
            go.wait(PATIENCE)

    def ask() -> None:
        name = threading.current_thread().name
        try:
            with queue.turn(later=later):
                computed.append(name)
        except type(end):
            ended.append(name)

    threads = [started(hold)]
    first.wait(PATIENCE)
    threads += [threading.Thread(target=ask, name=name, daemon=True) for name in ("leaves", "stays")]
    for thread in threads[1:]:
        thread.start()
    left.set()
    go.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert computed == ["stays"] and ended == ["leaves"] and not queue.wanted and queue._hurried == 0


# --- models that are held


def loader(name: str, size: int, loads: list[str]) -> Callable[[], tuple[Any, int]]:
    def load() -> tuple[Any, int]:
        loads.append(name)
        return name, size

    return load


def test_what_is_held_is_loaded_once_and_the_least_used_makes_room():
    registry, loads = Registry(10), []
    for name in ("a", "b", "a", "c", "a", "b"):
        assert registry.hold((name, "1"), loader(name, 4, loads)) == name
    assert loads == ["a", "b", "c", "b"] and len(registry) == 2


def test_other_weights_of_a_name_take_the_place_of_the_old_ones():
    registry, loads = Registry(100), []
    registry.hold(("a", "1"), loader("old", 4, loads))
    registry.hold(("b", "1"), loader("other", 4, loads))
    assert registry.hold(("a", "2"), loader("new", 4, loads)) == "new"
    assert (
        registry.held(("a", "1")) is None
        and registry.held(("a", "2")) == "new"
        and registry.held(("b", "1")) == "other"
    )
    assert registry.latest("a") == "new" and registry.latest("none") is None and len(registry) == 2


def test_what_cannot_be_loaded_is_not_held_and_can_be_asked_for_again():
    registry = Registry(10)

    def fail() -> tuple[Any, int]:
        raise SystemExit(1)

    with pytest.raises(Broken, match="SystemExit"):
        registry.hold(("a", "1"), fail)
    assert len(registry) == 0
    assert registry.hold(("a", "1"), lambda: ("model", 1)) == "model"


def test_a_model_larger_than_the_budget_is_held_alone():
    registry, loads = Registry(10), []
    registry.hold(("a", "1"), loader("a", 4, loads))
    assert registry.hold(("b", "1"), loader("b", 40, loads)) == "b"
    assert len(registry) == 1 and registry.latest("b") == "b"


def test_who_asks_for_one_model_does_not_wait_for_another_to_be_loaded():
    registry, began, go = Registry(10), threading.Event(), threading.Event()

    def slow() -> tuple[Any, int]:
        began.set()
        go.wait(PATIENCE)
        return "slow", 1

    thread = started(lambda: registry.hold(("slow", "1"), slow))
    assert began.wait(PATIENCE)
    assert registry.hold(("quick", "1"), lambda: ("quick", 1)) == "quick"
    go.set()
    thread.join(PATIENCE)
    assert registry.latest("slow") == "slow"


# --- answers


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=40), st.integers(1, 4), st.integers(10, 60))
def test_answers_never_hold_more_than_they_may_and_the_last_that_fits_is_always_there(
    puts: list[tuple[int, int]], most: int, memory: int
):
    answers = Answers(most, memory)
    for name, length in puts:
        answers.put(name, b"x" * length)
        kept = [answers._answers[key][0] for key in answers._answers]
        assert len(kept) <= most and sum(map(len, kept)) == answers._held <= memory
        assert (answers.get(name) == b"x" * length) == (length <= memory)


def test_an_answer_is_computed_where_it_is_not_known_and_then_no_more():
    answers, calls = Answers(2), []
    for _ in range(3):
        assert answers.get_or_compute("q", lambda: calls.append(1) or "answer") == "answer"
    assert len(calls) == 1
    with pytest.raises(ZeroDivisionError):
        answers.get_or_compute("bad", lambda: 1 // 0)
    assert answers.get("bad") is None


def test_the_size_of_an_answer_is_that_of_all_its_texts_and_arrays():
    array = np.zeros((2, 3), np.float64)
    assert size("four") == size(b"four") == 4 and size(None) == size(3) == 0
    assert size({"a": array, "b": ("xy", frozenset({"z"}))}) == 48 + 3
    assert size([array, array, array.copy()]) == 96


# --- chunks of many texts


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=60), st.floats(100, 9000))
def test_chunks_cover_all_texts_in_order_each_one_text_or_as_many_as_fit(lengths: list[int], characters: float):
    texts, pace = ["x" * length for length in lengths], Pace()
    pace.characters = characters
    first = 0
    while first < len(texts):
        end = pace.end(texts, first)
        total = sum(lengths[first:end])
        assert end == first + 1 or total <= characters
        assert end == len(texts) or total + lengths[end] > characters
        first = end
    assert first == len(texts)


@given(st.lists(st.tuples(st.integers(1, 20_000), st.floats(0, 5)), max_size=20))
def test_the_pace_at_most_doubles_or_halves_and_never_falls_below_its_least(seen: list[tuple[int, float]]):
    pace = Pace()
    assert pace.characters == AT_FIRST
    for length, seconds in seen:
        before = pace.characters
        pace.saw(["x" * length], seconds)
        assert before / 2 <= pace.characters <= before * 2 or pace.characters == FEWEST
        assert pace.characters >= FEWEST


def test_the_pace_comes_to_what_takes_the_time_of_a_turn():
    pace = Pace()
    for _ in range(10):
        pace.saw(["x" * 1000], 0.01)  # 100,000 characters a second
    assert pace.characters == pytest.approx(100_000 * SECONDS)


class Lengths:
    """Answers with the length of a text; one that holds nothing is refused."""

    labels = ("short", "long")

    def document(self, text: str) -> str:
        if not text:
            raise Refused("Blank.")
        return text

    def probabilities(self, documents: list[str]) -> np.ndarray:
        long = np.array([min(len(document) / 10, 1) for document in documents])
        return np.stack([1 - long, long], 1)


def test_texts_that_are_refused_leave_the_answers_of_the_others_in_their_places():
    chunk = classified(Lengths(), ["abc", "", "abcdef", ""])
    assert chunk.labels == ("short", "long") and chunk.refused.keys() == {1, 3}
    np.testing.assert_allclose(chunk.probabilities[[0, 2], 1], [0.3, 0.6])
    assert np.isnan(chunk.probabilities[[1, 3]]).all() and chunk.seconds >= 0
    nothing = classified(Lengths(), ["", ""])
    assert np.isnan(nothing.probabilities).all() and len(nothing.refused) == 2


# --- parts of a long request


class Turns:
    def __init__(self) -> None:
        self.let_in: list[bool] = []

    @contextmanager
    def turn(self, *, let_in: bool = False) -> Iterator[None]:
        self.let_in.append(let_in)
        yield


class Sums:
    """A classifier that gives the number of words which are left."""

    network = SimpleNamespace(embedding="table")

    def erased(self, document: Any, kept: np.ndarray, how: str) -> np.ndarray:
        return np.stack([kept.sum(1), np.arange(kept.shape[1]) @ kept.T], 1).astype(float)

    def permuted(self, document: Any, repeats: int, seed: int) -> np.ndarray:
        return np.full((repeats, 2), float(seed))

    def batch(self, documents: Any) -> Any:
        return documents

    def read(self, text: Any, *, effect: bool = False) -> Any:
        return text, effect


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 60), st.sampled_from(["remove", "unknown"]))
def test_variants_in_turns_come_to_what_they_come_to_at_once(variants: int, words: int, a_turn: int, how: Any):
    kept = np.random.default_rng(variants * 100 + words).random((variants, words)) < 0.5
    turns = Turns()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(in_turns, "WORDS_A_TURN", a_turn)
        found = InTurns(Sums(), turns).erased(None, kept, how)
    np.testing.assert_array_equal(found, Sums().erased(None, kept, how))
    read = int(kept.sum() if how == "remove" else kept.size)
    assert len(turns.let_in) <= read // a_turn + 1 and all(turns.let_in)
    if how == "unknown" and words >= a_turn:
        assert len(turns.let_in) == variants


def test_every_question_to_a_classifier_in_turns_is_let_in_and_its_network_too():
    turns, calls = Turns(), []
    classifier = Sums()
    classifier.network = lambda *arguments, **named: calls.append((arguments, named)) or "logits"
    whole = InTurns(classifier, turns)
    assert whole.read("text", effect=True) == ("text", True) and whole.batch([1]) == [1]
    assert whole.permuted(None, 3, 7).shape == (3, 2)
    assert whole.network(1, embedded=2) == "logits" and calls == [((1,), {"embedded": 2})]
    assert turns.let_in == [True, True, True]
    assert InTurns(Sums(), turns).network.embedding == "table"
