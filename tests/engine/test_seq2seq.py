"""The model as a whole: cells against torch's own, padding, and steps against whole targets."""

from __future__ import annotations

import pytest
import torch

from engine.attention import SCORES
from engine.models.recurrent.cells import CELLS
from engine.models.recurrent.seq2seq import Seq2SeqConfig

VARIANTS = [
    {"placement": "before", "cell": "gru"},
    {"placement": "before", "cell": "lstm"},
    {"placement": "after", "cell": "gru"},
    {"placement": "after", "cell": "lstm"},
    {"placement": "after", "feeding": True, "cell": "gru"},
    {"placement": "after", "feeding": True, "cell": "lstm"},
    {"placement": "before", "window": "local_p", "window_width": 1},
    {"placement": "after", "window": "local_m", "window_width": 1},
    {"placement": "after", "feeding": True, "window": "local_p"},
    {"placement": "after", "feeding": True, "selection": "entmax15", "null_key": True},
    {"placement": "before", "window": "local_p", "null_key": True},
]
IDS = ["-".join(str(value) for value in variant.values()) for variant in VARIANTS]


def in_their_order(ours: torch.Tensor, name: str) -> torch.Tensor:
    """Rows of gates as torch has them: its LSTM keeps the new content before the output gate, ours after it."""
    if name == "gru":
        return ours
    enter, forget, out, new = ours.chunk(4)
    return torch.cat([enter, forget, new, out])


@pytest.mark.parametrize(("name", "theirs"), [("gru", torch.nn.GRU), ("lstm", torch.nn.LSTM)])
def test_a_cell_moves_as_torchs_own_with_the_same_weights(name, theirs):
    torch.manual_seed(0)
    cell = CELLS[name](5, 3, 4).requires_grad_(False)
    own = theirs(8, 4, batch_first=True).requires_grad_(False)
    own.weight_ih_l0.copy_(in_their_order(torch.cat([cell.input.weight, cell.late.T], 1), name))
    own.bias_ih_l0.copy_(in_their_order(cell.input.bias.normal_(), name))
    own.weight_hh_l0.copy_(in_their_order(cell.hidden.T, name))
    own.bias_hh_l0.zero_()
    known, late = torch.randn(2, 6, 5), torch.randn(2, 6, 3)
    state = tuple(torch.randn(2, 4) for _ in range(cell.state))
    first = tuple(part.unsqueeze(0) for part in state)
    wanted, _ = own(torch.cat([known, late], -1), first if cell.state == 2 else first[0])
    step, outputs = cell.stepper(torch.float32), []
    for t in range(6):
        state = step(cell.input(known[:, t]), late[:, t], state)
        outputs.append(state[0])
    torch.testing.assert_close(torch.stack(outputs, 1), wanted)


@pytest.mark.parametrize("cell", CELLS)
def test_the_encoder_reads_in_both_directions_as_torchs_own(make_model, cell):
    encoder = make_model(cell=cell).encoder
    theirs = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    own = theirs(8, 4, batch_first=True, bidirectional=True).requires_grad_(False)
    for ours, ending in ((encoder.ahead, ""), (encoder.back, "_reverse")):
        getattr(own, f"weight_ih_l0{ending}").copy_(in_their_order(ours.input.weight, cell))
        getattr(own, f"bias_ih_l0{ending}").copy_(in_their_order(ours.input.bias, cell))
        getattr(own, f"weight_hh_l0{ending}").copy_(in_their_order(ours.hidden.T, cell))
        getattr(own, f"bias_hh_l0{ending}").zero_()
    embedded = torch.randn(3, 6, 8)
    lengths = torch.tensor([6, 2, 4])
    packed = torch.nn.utils.rnn.pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
    wanted, _ = torch.nn.utils.rnn.pad_packed_sequence(own(packed)[0], batch_first=True)
    present = torch.arange(6) < lengths.unsqueeze(1)
    keys, start = encoder(embedded, present)
    torch.testing.assert_close(keys[present], wanted[present])
    torch.testing.assert_close(start, torch.tanh(encoder.start(wanted[:, 0, 4:])))


@pytest.mark.parametrize("variant", VARIANTS, ids=IDS)
def test_a_sentence_alone_reads_as_in_a_padded_batch(make_model, variant):
    model = make_model(**variant)
    source, previous = torch.tensor([[5, 6, 3]]), torch.tensor([[2, 7, 8, 9]])
    alone = model(source, torch.ones(1, 3, dtype=torch.bool), previous)
    batch = torch.tensor([[5, 6, 3, 11, 4], [4, 5, 6, 7, 3]])
    present = torch.tensor([[True, True, True, False, False], [True] * 5])
    padded = model(batch, present, torch.cat([previous, previous]))
    torch.testing.assert_close(alone.read, padded.read[:1])
    keys = 3 + alone.nowhere
    torch.testing.assert_close(alone.weights, padded.weights[:1, :, :keys])
    torch.testing.assert_close(alone.scores, padded.scores[:1, :, :keys])


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("variant", VARIANTS, ids=IDS)
def test_step_by_step_gives_what_the_whole_target_gives(make_model, variant, score):
    if variant.get("null_key") and not SCORES[score].reads_keys:
        pytest.skip("a null key has no place")
    model = make_model(score=score, spread=2.0, **variant)
    source, present = torch.tensor([[5, 6, 3], [4, 9, 3]]), torch.ones(2, 3, dtype=torch.bool)
    previous = torch.tensor([[2, 7, 8, 9], [2, 4, 4, 5]])
    memory = model.encode(source, present)
    whole = model.decode(memory, model.begin(memory), previous)
    state, steps = model.begin(memory), []
    for t in range(4):
        steps.append(model.decode(memory, state, previous[:, t : t + 1], t))
        state = steps[-1].state
    fields = ("read", "weights", "scores", *(("centre", "width") if "window" in variant else ()))
    for field in fields:
        torch.testing.assert_close(torch.cat([getattr(step, field) for step in steps], 1), getattr(whole, field))
    for one, other in zip(state, whole.state, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("variant", VARIANTS, ids=IDS)
def test_no_word_looks_ahead_at_the_words_after_it(make_model, variant):
    model = make_model(**variant)
    source, present = torch.tensor([[5, 6, 3]]), torch.ones(1, 3, dtype=torch.bool)
    first = model(source, present, torch.tensor([[2, 7, 8, 9]]))
    other = model(source, present, torch.tensor([[2, 7, 4, 4]]))
    torch.testing.assert_close(first.read[:, :2], other.read[:, :2])
    assert not torch.allclose(first.read[:, 2], other.read[:, 2])


@pytest.mark.parametrize("variant", VARIANTS, ids=IDS)
def test_every_weight_learns(make_model, variant):
    model = make_model(**variant).requires_grad_(True)
    seen = model(torch.tensor([[5, 6, 3]]), torch.ones(1, 3, dtype=torch.bool), torch.tensor([[2, 7, 8]]))
    model.logits(seen.read).square().sum().backward()
    idle = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert not idle


def test_feeding_goes_with_attention_after_the_cell_alone():
    with pytest.raises(ValueError, match="input feeding goes with attention after the cell"):
        Seq2SeqConfig(vocabulary=10, placement="before", feeding=True)
