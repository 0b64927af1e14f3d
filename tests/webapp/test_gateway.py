"""The one door to the engine, knocked at by many at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st

from engine.attention import SCORES
from engine.errors import Refused
from engine.inference import load as inference_load
from engine.store import names
from webapp.examples.reviews import REVIEWS
from webapp.gateway.answers import Answers
from webapp.gateway.current import gateway
from webapp.gateway.registry import Registry
from webapp.gateway.turns import Queue
from webapp.hosting import warm

pytestmark = pytest.mark.usefixtures("door")
MODEL = "translation/en-fr-additive"


def count_loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    loads: list[str] = []
    load = inference_load.model
    monkeypatch.setattr(inference_load, "model", lambda name, device: (loads.append(name), load(name, device))[1])
    return loads


def test_the_same_question_is_computed_once(monkeypatch: pytest.MonkeyPatch):
    loads = count_loads(monkeypatch)
    first = gateway.sentences.translate(MODEL, "Good morning")
    assert gateway.sentences.translate(MODEL, "Good morning") is first
    assert gateway.sentences.translate(MODEL, "Good night") is not first
    assert loads == [MODEL]


def test_an_answer_with_effect_serves_whoever_asks_without(monkeypatch: pytest.MonkeyPatch):
    whole = gateway.sentences.translate(MODEL, "Good morning", effect=True)
    assert whole.effect is not None
    assert gateway.sentences.translate(MODEL, "Good morning") is whole
    assert gateway.sentences.translate(MODEL, "Good night").effect is None


def test_many_who_ask_for_a_model_at_once_load_it_once(monkeypatch: pytest.MonkeyPatch):
    loads = count_loads(monkeypatch)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: gateway.sentences.translate(MODEL, f"Sentence {k}"), range(16)))
    assert loads == [MODEL]


def test_clearing_streamlits_caches_loses_nothing(monkeypatch: pytest.MonkeyPatch):
    gateway.sentences.translate(MODEL, "Good morning")
    loads = count_loads(monkeypatch)
    st.cache_resource.clear()
    st.cache_data.clear()
    gateway.sentences.translate(MODEL, "Good night")
    assert loads == []


def test_the_least_used_model_makes_room(monkeypatch: pytest.MonkeyPatch):
    size = sum(p.numel() * p.element_size() for p in inference_load.model(MODEL, "cpu").model.parameters())
    monkeypatch.setattr(gateway.door, "registry", Registry(int(2.5 * size)))
    loads = count_loads(monkeypatch)
    others = ["translation/en-fr-dot", "translation/en-fr-concat"]
    for name in (MODEL, others[0], MODEL, others[1], MODEL, others[0]):
        gateway.sentences.translate(name, f"Sentence {len(loads)} {name} {time.monotonic()}")
    assert loads == [MODEL, *others, others[0]]


def test_one_larger_than_the_budget_is_still_served(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gateway.door, "registry", Registry(1))
    assert gateway.sentences.translate(MODEL, "Good morning").output


def test_a_full_queue_says_so_at_once_and_lets_in_again():
    queue = Queue(2)
    go, inside = threading.Event(), threading.Barrier(4)

    def work() -> None:
        inside.wait()
        with queue.turn():
            go.wait()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    inside.wait()
    deadline = time.monotonic() + 5
    while queue._inside < 3 and time.monotonic() < deadline:
        time.sleep(0.001)
    with pytest.raises(Refused, match="try again in a few seconds"), queue.turn():
        pass
    go.set()
    for worker in workers:
        worker.join()
    with queue.turn():
        pass


def test_a_failure_gives_the_turn_back():
    queue = Queue(0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), queue.turn():
            raise ZeroDivisionError
    with queue.turn():
        pass


def test_only_so_many_results_are_kept():
    kept = Answers(2)
    for number in (1, 2, 1, 3):
        kept.get(number)
        kept.put(number, number)
    assert [kept.get(number) for number in (1, 2, 3)] == [1, None, 3]


def test_the_way_back_prefers_the_same_scoring_function():
    assert gateway.listing.reverse(MODEL) == "translation/fr-en-additive"
    assert gateway.listing.reverse("translation/en-fr-dot") == "translation/fr-en-additive"
    assert gateway.listing.reverse("translation/fr-en-additive") == MODEL
    assert gateway.listing.reverse("translation/none") is None


def test_the_lab_has_a_model_for_each_scoring_function_in_the_engines_order():
    assert list(gateway.listing.lab()) == list(SCORES)
    assert gateway.listing.lab()["key_only"] == "translation/en-fr-key-only"


def test_an_unknown_model_is_refused_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch):
    loads = count_loads(monkeypatch)
    with pytest.raises(Refused):
        gateway.sentences.translate("../../etc/passwd", "Hello")
    assert loads == []


def test_without_any_model_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setattr(names, "PRETRAINED", tmp_path / "none")
    with pytest.raises(Refused, match="no translation model here yet"):
        gateway.listing.default_model()


def test_warming_up_answers_the_first_question(monkeypatch: pytest.MonkeyPatch):
    warm.warm()
    loads = count_loads(monkeypatch)
    assert gateway.sentences.translate(MODEL, "I don't like the black cat.").output
    assert gateway.documents.read(gateway.listing.default_classifier(), REVIEWS["en"]["mixed"]).probabilities
    assert loads == [] and len(gateway.door.registry) == 2 + bool(gateway.heads.models())
