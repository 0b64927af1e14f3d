"""Document models: the papers' formulas, sentence by sentence and word by word, and what padding may not change."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine.attention import SCORES
from engine.models.documents.batch import Classified, batch_of
from engine.models.documents.bilstm import BiLSTM, BiLSTMConfig
from engine.models.documents.han import HAN, HANConfig
from engine.models.documents.pooling import AttentionPool, pool
from engine.models.recurrent.bidirectional import Bidirectional

SIZES = {"embedding": 6, "attention": 5, "word": 3, "sentence": 4}
few = settings(max_examples=25)
words = st.integers(2, 29)
sentences = st.lists(words, min_size=1, max_size=9).map(tuple)
documents = st.lists(st.lists(sentences, min_size=1, max_size=5), min_size=1, max_size=4)


def han(**choices: object) -> HAN:
    torch.manual_seed(1)
    model = HAN(HANConfig(vocabulary=30, labels=3, **(SIZES | choices))).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)  # nothing is decided by weights that are nearly even
    return model


def bilstm(**choices: object) -> BiLSTM:
    torch.manual_seed(1)
    return BiLSTM(BiLSTMConfig(vocabulary=30, labels=3, embedding=6, hidden=4, **choices)).eval()


def over(layer: Bidirectional, sequence: Tensor) -> Tensor:
    """Both directions over one sequence, one step after the other; [word, both]."""

    def gru(cell: nn.Module, x: Tensor, h: Tensor) -> Tensor:
        given, own = cell.input(x), h @ cell.hidden
        (r1, z1, n1), (r2, z2, n2) = given.chunk(3), own.chunk(3)
        reset, update = torch.sigmoid(r1 + r2), torch.sigmoid(z1 + z2)
        return (1 - update) * torch.tanh(n1 + reset * n2) + update * h

    ahead, back, h = [], [], torch.zeros(layer.ahead.hidden_size)
    for x in sequence:
        ahead.append(h := gru(layer.ahead, x, h))
    h = torch.zeros(layer.ahead.hidden_size)
    for x in sequence.flip(0):
        back.append(h := gru(layer.back, x, h))
    return torch.cat([torch.stack(ahead), torch.stack(back[::-1])], 1)


def attended(attention: AttentionPool, states: Tensor) -> tuple[Tensor, Tensor]:
    """Equations 5 to 7 of Yang et al. 2016 for one sequence."""
    assert attention.turn is not None
    u = torch.tanh(states @ attention.turn.weight.T + attention.turn.bias)
    alpha = torch.exp(u @ attention.query) / torch.exp(u @ attention.query).sum()
    return (alpha[:, None] * states).sum(0), alpha


@pytest.mark.parametrize("document", [[(5,)], [(2, 3, 4), (7, 8, 9, 10, 11)], [(2,) * 7, (3, 4), (9, 8, 7)]])
def test_han_equals_the_paper(document: list[tuple[int, ...]]) -> None:
    model = han()
    vectors, alphas = zip(
        *(
            attended(model.word_pool, over(model.words, model.embedding(torch.tensor(sentence))))
            for sentence in document
        ),
        strict=True,
    )
    vector, beta = attended(model.sentence_pool, over(model.sentences, torch.stack(vectors)))
    seen = model(batch_of([document]))
    torch.testing.assert_close(seen.logits[0], model.output(vector))
    torch.testing.assert_close(seen.sentences[0], beta)
    for row, alpha in enumerate(alphas):
        torch.testing.assert_close(seen.words[row, : len(alpha)], alpha)


def test_bilstm_with_attention_equals_the_paper() -> None:
    model = bilstm(cell="gru")
    document = (2, 9, 4, 4, 17)
    both = over(model.words, model.embedding(torch.tensor(document)))
    h = both[:, :4] + both[:, 4:]  # equation 8
    alpha = torch.softmax(torch.tanh(h) @ model.word_pool.query, 0)  # equations 9 and 10
    wanted = model.output(torch.tanh(alpha @ h))  # equations 11 to 13
    seen = model(batch_of([[document]]))
    torch.testing.assert_close(seen.logits[0], wanted)
    torch.testing.assert_close(seen.words[0], alpha)


@pytest.mark.parametrize("make", [han, bilstm])
@pytest.mark.parametrize("pooling", ["attention", "average", "max"])
@few
@given(documents=documents)
def test_other_documents_of_a_batch_change_nothing(make, pooling: str, documents: list[list[tuple[int, ...]]]) -> None:
    model = make(pooling=pooling)
    if model.flat:
        documents = [[sum(document, ())] for document in documents]
    together = model(batch_of(documents))
    for d, document in enumerate(documents):
        alone = model(batch_of([document]))
        torch.testing.assert_close(together.logits[d], alone.logits[0], rtol=1e-4, atol=1e-5)
        if alone.sentences is not None:
            torch.testing.assert_close(
                together.sentences[d, : len(document)], alone.sentences[0, : len(document)], rtol=1e-4, atol=1e-5
            )


@pytest.mark.parametrize("make", [han, bilstm])
@pytest.mark.parametrize("pooling", ["attention", "average", "max"])
@few
@given(documents=documents)
def test_weights_sum_to_one_and_padding_gets_none(make, pooling: str, documents: list[list[tuple[int, ...]]]) -> None:
    model = make(pooling=pooling)
    if model.flat:
        documents = [[sum(document, ())] for document in documents]
    batch = batch_of(documents)
    seen: Classified = model(batch)
    torch.testing.assert_close(seen.words.sum(1), torch.ones(len(batch.ids)))
    assert (seen.words[~batch.present] == 0).all()
    if seen.sentences is not None:
        torch.testing.assert_close(seen.sentences.sum(1), torch.ones(len(documents)))
        assert (seen.sentences[~batch.read] == 0).all()


def test_average_and_max_pool_as_their_names_say() -> None:
    values = torch.tensor([[[1.0, 5.0], [3.0, 1.0], [9.0, 9.0]]])
    present = torch.tensor([[True, True, False]])
    average, largest = (pool(kind, 2, 2)(values, present) for kind in ("average", "max"))
    assert average.vector.tolist() == [[2.0, 3.0]] and average.weights.tolist() == [[0.5, 0.5, 0.0]]
    assert largest.vector.tolist() == [[3.0, 5.0]] and largest.weights.tolist() == [[0.5, 0.5, 0.0]]


def test_equal_sentences_share_a_row_and_count_each_time() -> None:
    model, document = han(pooling="average"), [(2, 3), (4, 5), (2, 3)]
    batch = batch_of([document])
    assert batch.ids.shape[0] == 2 and batch.places.tolist() == [[0, 1, 0]]
    assert not torch.allclose(model(batch).logits, model(batch_of([document[:2]])).logits)


def test_given_weights_take_the_place_of_attention() -> None:
    model, batch = han(), batch_of([[(2, 3, 4), (5, 6)]])
    even = batch.present / batch.present.sum(1, keepdim=True)
    assert not torch.allclose(model(batch).logits, model(batch, weights=even).logits)
    own = model(batch)
    torch.testing.assert_close(model(batch, weights=own.words).logits, own.logits)


def test_siblings_differ_in_pooling_alone() -> None:
    models = [HAN(HANConfig(vocabulary=30, pooling=kind)) for kind in ("average", "average", "max")]
    assert {name for name, _ in models[0].named_parameters()} == {name for name, _ in models[2].named_parameters()}
    own = dict(HAN(HANConfig(vocabulary=30)).named_parameters()).keys() - dict(models[0].named_parameters()).keys()
    assert own and all("pool" in name for name in own)


@pytest.mark.parametrize("score", sorted(SCORES.keys() - {"location"}))
def test_any_scoring_function_reads_the_learnt_query(score: str) -> None:
    model = han(score=score)
    seen = model(batch_of([[(2, 3, 4), (5, 6)]]))
    torch.testing.assert_close(seen.words.sum(1), torch.ones(2))


def test_location_is_refused() -> None:
    with pytest.raises(ValueError, match="learnt one would always"):
        han(score="location")


@few
@given(document=st.lists(sentences, min_size=1, max_size=4))
def test_gradients_reach_the_words_vectors(document: list[tuple[int, ...]]) -> None:
    for model in (han(), bilstm()):
        batch = batch_of([[sum(document, ())] if model.flat else document])
        embedded = model.embedding(batch.ids).detach().requires_grad_()
        seen = model(batch, embedded=embedded)
        torch.testing.assert_close(seen.logits, model(batch).logits)
        (grad,) = torch.autograd.grad(seen.logits[0, 0], embedded)
        assert grad[batch.present].abs().sum() > 0 and (grad[~batch.present] == 0).all()
