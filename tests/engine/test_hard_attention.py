"""Attention to one word: learnt by trying, or worked out for every word, against their papers' formulas."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.decoding.beam import beam_search
from engine.decoding.forced import logprobs
from engine.decoding.greedy import greedy
from engine.errors import Contradiction
from engine.inference.translator import Translator
from engine.models.documents.pooling import pool
from engine.models.recurrent.decoders import build
from engine.models.recurrent.mixture import MixtureSeq2Seq
from engine.models.recurrent.seq2seq import Seq2SeqConfig
from engine.training.config import LoopConfig
from engine.training.loop import Trainer
from engine.training.loss import mixed_cross_entropy_sum
from engine.training.output_loss import ENTROPY, REWARD, output_loss
from engine.training.tasks import Translating
from tests.engine.conftest import MakeModel

CPU = torch.device("cpu")
SOURCES = [[5, 6, 3], [4, 3], [7, 7, 8, 9, 10, 3]]
TEXT = "A man isn't reading the newspaper."


@pytest.fixture
def mixture(make_model: MakeModel) -> MixtureSeq2Seq:
    return make_model(placement="after", selection="exact", score="general")


def one_word_alone(model: MixtureSeq2Seq, memory, state, previous: Tensor, place: int) -> Tensor:
    """ln p(y | word `place`): what the soft twin says once all weight lies on that word."""
    (state,) = state
    step = model.cell.stepper(torch.float32)
    rows = []
    for embedded in model.embedding(previous).unbind(1):
        (state,) = step(model.cell.input(embedded * model.config.embedding**0.5), None, (state,))
        joined = torch.cat([state, memory.values[:, place]], -1)
        read = torch.tanh(model.readout(torch.tanh(model.attentional(joined))))
        rows.append((read @ model.embedding.weight.T + model.bias).log_softmax(-1))
    return torch.stack(rows, 1)


def test_the_probability_of_an_output_is_the_mean_of_what_follows_from_each_word(mixture: MixtureSeq2Seq):
    source, present = torch.tensor([[5, 6, 7, 3], [4, 3, 0, 0]]), torch.tensor([[True] * 4, [True, True, False, False]])
    previous = torch.tensor([[2, 7, 8], [2, 4, 4]])
    memory = mixture.encode(source, present)
    decoded = mixture.decode(memory, mixture.begin(memory), previous)
    found = mixture.logits(decoded.read)
    alone = [one_word_alone(mixture, memory, mixture.begin(memory), previous, j).exp() for j in range(4)]
    wanted = sum(decoded.weights[..., j, None] * alone[j] for j in range(4))
    torch.testing.assert_close(found.exp(), wanted, atol=1e-6, rtol=1e-4)
    torch.testing.assert_close(found.exp().sum(-1), torch.ones(2, 3))


def test_logits_worked_out_in_parts_are_the_same(mixture: MixtureSeq2Seq, monkeypatch: pytest.MonkeyPatch):
    memory = mixture.encode(torch.tensor([[5, 6, 3]]), torch.ones(1, 3, dtype=torch.bool))
    read = mixture.decode(memory, mixture.begin(memory), torch.tensor([[2, 7, 8, 4]])).read
    whole = mixture.logits(read)
    monkeypatch.setattr("engine.models.recurrent.mixture.NUMBERS", 40)
    torch.testing.assert_close(mixture.logits(read), whole)
    assert mixture.logits(read[:0]).shape == (0, 4, 12)


def test_a_mixture_is_searched_and_read_as_any_other_model(mixture: MixtureSeq2Seq):
    outputs = greedy(mixture, SOURCES, device=CPU)
    for output, (other,) in zip(outputs, beam_search(mixture, SOURCES, 1, device=CPU), strict=True):
        assert output.ids == other.ids
    logs = logprobs(mixture, [(source, output.ids) for source, output in zip(SOURCES, outputs, strict=True)], CPU)
    assert [float(each.sum()) for each in logs] == pytest.approx([output.logprob for output in outputs], abs=1e-4)


@pytest.mark.parametrize("selection", ["hard_reinforce", "exact"])
def test_a_text_is_translated_and_traced(translator: Translator, make_model: MakeModel, selection: str):
    model = make_model(len(translator.tokenizer), placement="after", selection=selection, window="local_p")
    which = Translator(translator.info, model, translator.tokenizer)
    free = which.translate(TEXT, effect=True)
    again = which.translate(TEXT, beam=3, nbest=2)
    assert which.translate_many([TEXT]) == [free.output.text]
    rows = free.trace.matrix()
    np.testing.assert_allclose(rows.sum(1), 1, atol=1e-5)
    assert free.trace.rows == "sum_to_one" and free.trace.centre is not None
    assert (rows.max(1) == 1).all() == (selection == "hard_reinforce")
    assert again.hypotheses[0].score >= free.output.score - 1e-5
    forced = which.translate(TEXT, target=free.output.text)
    if forced.trace.queries == free.trace.queries:
        np.testing.assert_allclose(forced.trace.weights, free.trace.weights, atol=1e-4)


def test_the_loss_of_a_mixture_and_its_gradient_are_those_of_its_formula(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.training.loss.ROWS", 8)
    torch.manual_seed(0)
    read, weight, bias = torch.randn(5, 3, 4), torch.randn(7, 4), torch.randn(7)
    logs = torch.randn(5, 3).masked_fill(torch.tensor([False, False, True]), -torch.inf).log_softmax(-1)
    target = torch.tensor([0, 6, 2, 2, 5])
    ours, theirs = ([part.clone().requires_grad_() for part in (read, logs, weight, bias)] for _ in range(2))
    total = mixed_cross_entropy_sum(*ours, target)
    apart = (theirs[0] @ theirs[2].T + theirs[3]).log_softmax(-1)[torch.arange(5), :, target]
    wanted = -(apart + theirs[1]).logsumexp(-1).sum()
    torch.testing.assert_close(total, wanted)
    (total * 2).backward()
    (wanted * 2).backward()
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, other.grad)


def reinforced(score: Tensor, choice: Tensor, rewards: Tensor, feeding: bool) -> tuple[Tensor, SimpleNamespace]:
    """The loss of a batch in which `choice` was drawn and words of ln p = `rewards` followed."""
    # Two words in the vocabulary: the logits that give one of them this probability.
    read = torch.stack([rewards, torch.log1p(-rewards.exp())], -1)
    selection = SimpleNamespace(baseline=torch.tensor(-0.7))
    net = SimpleNamespace(
        embedding=SimpleNamespace(weight=torch.eye(2)), bias=torch.zeros(2),
        attention=SimpleNamespace(selection=selection),
        config=SimpleNamespace(placement="after", feeding=feeding),
    )  # fmt: skip
    decoded = SimpleNamespace(read=read, weights=choice, shares=score.softmax(-1))
    wanted = torch.ones(rewards.shape, dtype=torch.bool)
    return output_loss(net, decoded, torch.zeros(rewards.shape, dtype=torch.long), wanted, 0.0), selection


@pytest.mark.parametrize("feeding", [True, False])
def test_on_the_mean_over_all_draws_the_gradient_is_that_of_the_expected_reward(feeding: bool):
    """Two steps of three keys each; the reward of a draw is ln p of all that it has a part in."""
    torch.manual_seed(0)
    score = torch.randn(1, 2, 3, requires_grad=True)
    value = -torch.rand(3, 3) - 0.1  # ln p of the word of step 2 after draws a and b
    first = -torch.rand(3) - 0.1  # ln p of the word of step 1 after draw a
    with torch.no_grad():
        alpha = score.softmax(-1)[0]
    got = torch.zeros_like(score)
    for a in range(3):
        for b in range(3):
            choice = torch.nn.functional.one_hot(torch.tensor([[a, b]]), 3).float()
            second = value[a, b] if feeding else value[0, b]
            loss, _ = reinforced(score, choice, torch.stack([first[a], second])[None], feeding)
            (grad,) = torch.autograd.grad(loss, score)
            got += alpha[0, a] * alpha[1, b] * grad
    shares = score.softmax(-1)[0]
    later = (shares[0] @ value if feeding else value[0]) @ shares[1]
    expected = shares[0] @ first + later
    doubt = -(shares * shares.log()).sum()
    (wanted,) = torch.autograd.grad(-REWARD * expected - ENTROPY * doubt, score)
    torch.testing.assert_close(got, wanted, atol=1e-6, rtol=1e-4)


def test_the_number_reported_is_that_of_the_words_and_the_baseline_follows_their_mean():
    score, rewards = torch.randn(1, 2, 3), torch.tensor([[-0.5, -1.0]])
    choice = torch.tensor([[[1.0, 0, 0], [0.3, 0.3, 0.4]]])
    loss, selection = reinforced(score.requires_grad_(), choice, rewards, False)
    assert float(loss.detach()) == pytest.approx(1.5, abs=1e-5)
    assert float(selection.baseline) == pytest.approx(0.9 * -0.7 + 0.1 * -0.75, abs=1e-5)
    # A row that was left soft says nothing of a draw: what it learns by it has through the context.
    shares = score.detach().clone().requires_grad_()
    (grad,) = torch.autograd.grad(loss, score)
    doubt = -(shares.softmax(-1)[0, 1] * shares.softmax(-1)[0, 1].log()).sum()
    (wanted,) = torch.autograd.grad(-ENTROPY * doubt, shares)
    torch.testing.assert_close(grad[0, 1], wanted[0, 1])


@pytest.mark.parametrize(
    "choices",
    [
        {"selection": "hard_reinforce", "feeding": True},
        {"selection": "hard_reinforce", "placement": "before", "window": "local_m"},
        {"selection": "exact", "window": "local_p", "null_key": True},
    ],
    ids=str,
)
def test_every_weight_learns_and_the_loss_falls(choices: dict):
    torch.manual_seed(0)
    sizes = {"embedding": 16, "encoder": 8, "decoder": 16, "attention": 8, "dropout": 0.0}
    model = build(Seq2SeqConfig(12, **sizes, **{"placement": "after", **choices}))
    pairs = [([4 + k % 5, 5 + k % 4, 3], [6 + k % 5, 7 + k % 4, 3]) for k in range(24)]
    config = LoopConfig(updates=40, batch=24, rate=2e-2, warmup=1, unknown=0.0, precision="no", validate_every=100)
    before = {name: tensor.clone() for name, tensor in model.named_parameters()}
    trainer = Trainer(model, Translating(pairs, pairs), config, CPU)
    losses = [progress.loss for progress in trainer.run()]
    assert losses[-1] < losses[0] - 0.5 and trainer.validate() < losses[0]
    assert [name for name, tensor in model.named_parameters() if torch.equal(tensor, before[name])] == []


@pytest.mark.parametrize("choices", [{"placement": "before"}, {"placement": "after", "feeding": True}], ids=str)
def test_a_mixture_goes_with_attention_that_enters_no_further_step(choices: dict):
    with pytest.raises(Contradiction, match="choose placement = after and feeding = false"):
        Seq2SeqConfig(12, selection="exact", **choices)


@pytest.mark.parametrize("selection", ["exact", "hard_reinforce"])
def test_a_classifier_has_no_words_that_its_attention_could_be_judged_by(selection: str):
    with pytest.raises(Contradiction, match="goes with models that write word by word; a classifier takes soft, "):
        pool("attention", 8, 6, "dot", selection)
