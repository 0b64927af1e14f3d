"""Decoders without attention against their papers' equations, and the orders in which a source is read."""

from __future__ import annotations

import pytest
import torch

from engine.decoding.beam import beam_search
from engine.decoding.contract import Decodable
from engine.decoding.effect import drops
from engine.decoding.forced import forced, logprobs
from engine.decoding.greedy import greedy, greedy_one
from engine.models.recurrent.decoders import DECODERS
from engine.models.recurrent.seq2seq import MAX_ENCODER_LAYERS, Seq2SeqConfig
from engine.models.recurrent.source_order import SOURCE_ORDERS, ordered
from engine.text.padding import padded
from engine.text.tokenizer import START_ID
from engine.traces import Axis

CPU = torch.device("cpu")
WITHOUT = ["decoder1", "decoder2", "decoder3"]
VARIANTS = [
    *({"design": design, "direction": "forward", "cell": cell} for design in WITHOUT for cell in ("gru", "lstm")),
    {"design": "decoder2", "direction": "forward", "source_order": "reversed"},
    {"design": "decoder2", "direction": "forward", "source_order": "doubled"},
    {"design": "decoder3", "direction": "forward", "encoder_layers": 2},
]
IDS = ["-".join(map(str, variant.values())) for variant in VARIANTS]
SOURCE, PREVIOUS = [5, 6, 7, 3], [START_ID, 7, 8, 9]


@pytest.fixture(params=VARIANTS, ids=IDS)
def model(make_model, request):
    return make_model(**request.param)


def gru(cell, entering, state):
    """Cho et al. 2014, equations 5 to 8, the reset gate after the product; `state` is h of the step before."""
    size = len(state)
    into = cell.input.weight @ entering + cell.input.bias
    own = cell.hidden.T @ state
    reset = torch.sigmoid(into[:size] + own[:size])
    update = torch.sigmoid(into[size : 2 * size] + own[size : 2 * size])
    new = torch.tanh(into[2 * size :] + reset * own[2 * size :])
    return update * state + (1 - update) * new


def embedded(model, ids):
    return [model.embedding.weight[i] * model.config.embedding**0.5 for i in ids]


def summary(model, ids):
    """c = tanh(V h_N), of a state that has read all words in order."""
    state = torch.zeros(model.config.encoder)
    for vector in embedded(model, ids):
        state = gru(model.encoder.ahead, vector, state)
    return torch.tanh(model.encoder.start.weight @ state + model.encoder.start.bias)


def g(model, *parts):
    return torch.tanh(model.readout.weight @ torch.cat(parts) + model.readout.bias)


def decoder1(model, c, previous):
    h, outputs = c, []
    for _ in previous:
        h = gru(model.cell, embedded(model, [START_ID])[0], h)
        outputs.append(g(model, h))
    return outputs


def decoder2(model, c, previous):
    h, outputs = c, []
    for y in embedded(model, previous):
        h = gru(model.cell, y, h)
        outputs.append(g(model, h))
    return outputs


def decoder3(model, c, previous):
    h, outputs = torch.tanh(model.initial.weight @ c), []
    for y in embedded(model, previous):
        h = gru(model.cell, torch.cat([y, c]), h)
        outputs.append(g(model, h, y, c))
    return outputs


def whole(model, source=SOURCE, previous=PREVIOUS):
    ids = torch.tensor([source])
    return model(ids, torch.ones_like(ids, dtype=torch.bool), torch.tensor([previous]))


@pytest.mark.parametrize("equations", [decoder1, decoder2, decoder3], ids=WITHOUT)
def test_a_decoder_computes_its_papers_equations(make_model, equations):
    model = make_model(design=equations.__name__, direction="forward")
    wanted = equations(model, summary(model, SOURCE), PREVIOUS)
    torch.testing.assert_close(whole(model).read[0], torch.stack(wanted))


@pytest.mark.parametrize(
    ("order", "read"), [("reversed", [7, 6, 5, 3]), ("doubled", [5, 6, 7, 3, 5, 6, 7, 3])], ids=["reversed", "doubled"]
)
def test_the_second_decoder_reads_the_source_in_the_order_asked_for(make_model, order, read):
    model = make_model(design="decoder2", direction="forward", source_order=order)
    wanted = decoder2(model, summary(model, read), PREVIOUS)
    torch.testing.assert_close(whole(model).read[0], torch.stack(wanted))


@pytest.mark.parametrize("order", SOURCE_ORDERS)
def test_each_source_of_a_batch_is_ordered_within_its_own_length(order):
    rows = [[5, 6, 7, 3], [8, 3], [3], [4, 4, 9, 10, 11, 3]]
    wanted = {"as_is": lambda row: row, "reversed": lambda row: [*row[-2::-1], row[-1]], "doubled": lambda row: 2 * row}
    read = ordered(*padded(rows, CPU), order)
    for row, ids, present in zip(rows, *read, strict=True):
        assert ids[present].tolist() == wanted[order](row)
        assert present.tolist() == sorted(present.tolist(), reverse=True)


def test_a_forward_encoder_sums_up_at_each_sentences_own_last_word(make_model):
    encoder = make_model(design="decoder2", direction="forward").encoder
    source, lengths = torch.randn(3, 6, 8), torch.tensor([6, 2, 4])
    keys, start = encoder(source, torch.arange(6) < lengths.unsqueeze(1))
    for row, length in enumerate(lengths.tolist()):
        state = torch.zeros(4)
        for place in range(length):
            state = gru(encoder.ahead, source[row, place], state)
            torch.testing.assert_close(keys[row, place], state)
        torch.testing.assert_close(start[row], torch.tanh(encoder.start.weight @ state + encoder.start.bias))


@pytest.mark.parametrize("direction", ["both", "forward"])
@pytest.mark.parametrize(("cell", "theirs"), [("gru", torch.nn.GRU), ("lstm", torch.nn.LSTM)])
def test_layers_of_an_encoder_stand_on_one_another_as_torchs_own(make_model, direction, cell, theirs):
    encoder = make_model(direction=direction, cell=cell, encoder_layers=3).encoder
    own = theirs(8, 4, 3, batch_first=True, bidirectional=direction == "both").requires_grad_(False)
    for number, layer in enumerate([encoder, *encoder.above]):
        for ours, ending in ((layer.ahead, ""), *([(layer.back, "_reverse")] if direction == "both" else [])):
            order = torch.arange(4 * 4).view(4, 4)[[0, 1, 3, 2]].flatten() if cell == "lstm" else torch.arange(12)
            getattr(own, f"weight_ih_l{number}{ending}").copy_(ours.input.weight[order])
            getattr(own, f"bias_ih_l{number}{ending}").copy_(ours.input.bias[order])
            getattr(own, f"weight_hh_l{number}{ending}").copy_(ours.hidden.T[order])
            getattr(own, f"bias_hh_l{number}{ending}").zero_()
    source, lengths = torch.randn(3, 6, 8), torch.tensor([6, 2, 4])
    packed = torch.nn.utils.rnn.pack_padded_sequence(source, lengths, batch_first=True, enforce_sorted=False)
    wanted, _ = torch.nn.utils.rnn.pad_packed_sequence(own(packed)[0], batch_first=True)
    present = torch.arange(6) < lengths.unsqueeze(1)
    keys, start = encoder(source, present)
    torch.testing.assert_close(keys[present], wanted[present])
    last = wanted[:, 0, 4:] if direction == "both" else wanted[torch.arange(3), lengths - 1]
    torch.testing.assert_close(start, torch.tanh(encoder.start(last)))


def test_a_sentence_alone_reads_as_in_a_padded_batch(model):
    batch = torch.tensor([[5, 6, 3, 11, 4], [4, 5, 6, 7, 3]])
    present = torch.tensor([[True, True, True, False, False], [True] * 5])
    both = model(batch, present, torch.tensor([PREVIOUS, PREVIOUS]))
    torch.testing.assert_close(whole(model, [5, 6, 3]).read, both.read[:1])


def test_step_by_step_gives_what_the_whole_target_gives(model):
    memory = model.encode(torch.tensor([SOURCE]), torch.ones(1, 4, dtype=torch.bool))
    state, steps = model.begin(memory), []
    for t, piece in enumerate(PREVIOUS):
        steps.append(model.decode(memory, state, torch.tensor([[piece]]), t))
        state = steps[-1].state
    torch.testing.assert_close(torch.cat([step.read for step in steps], 1), whole(model).read)


def test_nothing_was_looked_at(model):
    assert isinstance(model, Decodable)
    assert whole(model).weights is None and whole(model).scores is None
    said, _, _ = forced(model, [(SOURCE, [7, 8, 3])], CPU)
    assert said.weights is None and said.scores is None


def test_the_first_decoder_does_not_know_what_it_wrote_and_the_others_do(make_model):
    for design in WITHOUT:
        model = make_model(design=design, direction="forward")
        same = torch.equal(whole(model).read, whole(model, previous=[START_ID, 4, 4, 4]).read)
        assert same == (design == "decoder1")


def test_every_weight_learns(make_model):
    for variant in [*VARIANTS, {"direction": "forward", "encoder_layers": 2, "placement": "after", "feeding": True}]:
        model = make_model(**variant).requires_grad_(True)
        model.logits(whole(model).read).square().sum().backward()
        idle = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
        assert not idle, variant


def test_searches_find_what_they_find_alone_and_what_forcing_reads(model):
    sources = [SOURCE, [4, 3], [5, 9, 10, 11, 6, 3]]
    for source, together in zip(sources, greedy(model, sources, device=CPU), strict=True):
        alone = greedy_one(model, source, lambda read: int(_allowed(model.logits(read)).argmax()), device=CPU)
        assert alone.ids == together.ids
        (said,) = logprobs(model, [(source, together.ids)], CPU)
        assert float(said.sum()) == pytest.approx(together.logprob, abs=1e-3)
    for outputs in beam_search(model, sources, 3, device=CPU):
        assert [one.score for one in outputs] == sorted((one.score for one in outputs), reverse=True)


def _allowed(logits):
    return logits.index_fill(-1, torch.tensor([0, 1, 2]), -torch.inf)


def test_effect_stands_over_the_words_as_they_were_typed_however_they_are_read(make_model):
    axis = Axis(("a", "b", "c", "</s>"), (0, 1, 2, 3), (False, False, False, True))
    for order in SOURCE_ORDERS:
        model = make_model(design="decoder2", direction="forward", source_order=order)
        (effect,) = drops(model, [(SOURCE, axis)], [(7, 8, 3)], CPU)
        entire, without_first = logprobs(model, [(SOURCE, (7, 8, 3)), ([1, 6, 7, 3], (7, 8, 3))], CPU)
        torch.testing.assert_close(torch.tensor(effect[:, 0]), torch.tensor(entire - without_first))


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({"design": "decoder2"}, "go with direction = forward"),
        ({"source_order": "reversed"}, "Attention reads the words as they stand"),
        ({"encoder_layers": MAX_ENCODER_LAYERS + 1}, "encoder_layers must be at most 8, got 9"),
    ],
)
def test_what_does_not_go_together_is_refused(choices, reason):
    with pytest.raises(ValueError, match=reason):
        Seq2SeqConfig(vocabulary=10, **choices)


def test_decoders_and_orders_say_what_they_are_and_where_they_come_from():
    for record in (*DECODERS.values(), *SOURCE_ORDERS.values()):
        assert record.label and record.meaning.endswith(".") and record.formula and "arXiv:" in record.source
