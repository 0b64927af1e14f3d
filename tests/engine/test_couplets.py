"""Couplets: by characters, held to what the second line must be, and judged by length, tones and repeats."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.data.tsv import Pair
from engine.decoding.beam import beam_search
from engine.decoding.forced import forced
from engine.decoding.wanted import Wanted
from engine.errors import Refused
from engine.inference import load
from engine.inference.couplets import CoupletWriter
from engine.store.catalogue import ModelInfo
from engine.text.couplet import MAX_LINE, fixed_places, form
from engine.text.tokenizer import END_ID, SPECIALS, START_ID, UNKNOWN_ID, Tokenizer
from engine.text.tones import Tone, tones
from engine.training.data_sections import CoupletsConfig
from engine.training.prepare.translation import encode
from engine.training.runs import train
from tests import couplet_lines
from tests.couplet_lines import COUPLETS
from tests.engine.learnt import NETWORK
from tests.engine.terminal import valid

CPU = torch.device("cpu")
LINES = [line for couplet in COUPLETS for line in couplet]
LEVEL, OBLIQUE = Tone.LEVEL, Tone.OBLIQUE
CONFIG = (
    """
name = "couplet/own"
pieces = 200
[data]
couplets = ["{path}"]"""
    + NETWORK
)


@pytest.fixture(scope="module")
def characters() -> Tokenizer:
    return Tokenizer.of_characters(LINES, 500)


@pytest.fixture(scope="module")
def writer(characters: Tokenizer, make_model) -> CoupletWriter:
    config = {"model_type": "alignscope-seq2seq", "task": "couplet", "weights_sha256": "0" * 64}
    info = ModelInfo("couplet/tiny", "couplet", "zh", "zh", Path("nowhere"), config, None, None)
    return CoupletWriter(info, make_model(len(characters), placement="after", feeding=True), characters)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("couplets")
    config = folder / "own.toml"
    config.write_text(CONFIG.format(path=couplet_lines.write(folder)), encoding="utf-8")
    return train(config, folder / "run", device="cpu")


def test_each_character_is_one_piece_and_the_pieces_joined_are_the_line(characters: Tokenizer) -> None:
    for line in LINES:
        ids = characters.ids([line])[0]
        assert len(ids) == len(line) + 1 and ids[-1] == END_ID and UNKNOWN_ID not in ids
        assert characters.decode(ids) == line
        assert characters.encode(line).axis.labels == (*line, "</s>")


def test_spaces_are_left_out_a_comma_is_chinese_and_an_unknown_character_is_one_piece(characters: Tokenizer) -> None:
    assert characters.ids(["墙 上,\u3000芦苇"]) == characters.ids(["墙上，芦苇"])
    assert characters.ids(["海龘龘内"])[0][1:3] == [UNKNOWN_ID, UNKNOWN_ID]


def test_the_most_frequent_characters_are_kept_and_equals_in_the_order_of_unicode() -> None:
    made = Tokenizer.of_characters(["丙丙丙甲乙", "乙甲丁"], len(SPECIALS) + 2)
    assert [made.piece(i) for i in range(len(SPECIALS), len(made))] == ["丙", "乙"]
    again = Tokenizer.from_json(made.to_json())
    assert again.ids(["丙甲乙"]) == made.ids(["丙甲乙"]) == [[4, UNKNOWN_ID, 5, END_ID]]


def test_tones_are_those_of_todays_mandarin_and_of_the_phrase() -> None:
    assert tones("春风送暖入屠苏") == (LEVEL, LEVEL, OBLIQUE, OBLIQUE, OBLIQUE, LEVEL, LEVEL)
    assert (tones("重阳")[0], tones("重量")[0]) == (LEVEL, OBLIQUE)
    assert tones("，了龘〇") == (None, None, LEVEL, LEVEL)
    assert tones("竹一国") == (LEVEL, LEVEL, LEVEL)  # oblique by the old rhymes, which are not used


@given(
    st.text(
        st.sampled_from("0123456789１２３４abüǘ٣௩①²³ⅣĀá々,.，。 🀄") | st.characters(exclude_categories=["Lo", "Cs"])
    )
)
def test_what_is_no_chinese_character_has_no_tone(text: str) -> None:
    assert tones(text) == (None,) * len(text)
    assert tones(f"春{text}风")[:: len(text) + 1] == (LEVEL, LEVEL)


def test_a_couplet_is_compared_at_the_even_places_of_each_clause() -> None:
    found = form("墙上芦苇，头重脚轻根底浅", "山间竹笋，嘴尖皮厚腹中空")
    assert found.equal and [place.number for place in found.even] == [1, 3, 6, 8, 10]
    assert [place.opposed for place in found.even] == [True, False, True, True, True]
    assert (found.first_end, found.second_end) == (OBLIQUE, LEVEL)
    assert not form("明月松间照", "清泉").equal and len(form("明月松间照", "清泉").even) == 1


def test_repeats_are_mirrored_where_the_second_line_repeats_at_the_same_places() -> None:
    found = form(*COUPLETS[2]).repeats
    assert [(repeat.place, repeat.again) for repeat in found][:3] == [(1, 3), (3, 6), (6, 7)]
    assert all(repeat.kept for repeat in found)
    assert [repeat.kept for repeat in form("山山水水", "花花草木").repeats] == [True, False]
    assert form("一，二，三", "四，五，六").repeats == ()


def test_a_pattern_fixes_what_is_no_free_place() -> None:
    assert fixed_places("_风 ?春＿□,") == {1: "风", 4: "春", 7: "，"}
    with pytest.raises(Refused, match="60 places"):
        fixed_places("_" * 60)


@pytest.mark.parametrize("pieces", [{}, {1: 7}, {0: 5, 2: 9}])
def test_a_search_that_is_held_finds_the_best_of_all_outputs_that_are_wanted(
    make_model, pieces: dict[int, int]
) -> None:
    model, source, length = make_model(12), [5, 6, 7, END_ID], 4
    free = [i for i in range(12) if i not in (0, UNKNOWN_ID, START_ID, END_ID)]
    ways = itertools.product(*([pieces[i]] if i in pieces else free for i in range(length - 1)))
    outputs = [(*way, END_ID) for way in ways]
    said, target, _ = forced(model, [(source, output) for output in outputs], CPU)
    logs = model.logits(said.read).log_softmax(-1).gather(2, target.unsqueeze(2))
    sums = logs.sum((1, 2)).tolist()
    best = outputs[max(range(len(outputs)), key=sums.__getitem__)]
    found = beam_search(model, [source], 64, device=CPU, wanted=Wanted(pieces, length))[0]
    assert found[0].ids == best and found[0].logprob == pytest.approx(max(sums), abs=1e-4)
    assert all(len(each.ids) == length and each.ids[i] == p for each in found for i, p in pieces.items())


def test_a_fixed_piece_alone_leaves_the_length_free_behind_it(make_model) -> None:
    found = beam_search(make_model(12), [[5, 6, END_ID]], 5, device=CPU, wanted=Wanted({2: 7}))[0]
    assert found and all(len(each.ids) > 3 and each.ids[2] == 7 for each in found)
    with pytest.raises(ValueError, match="behind the end"):
        Wanted({3: 7}, 4)


@pytest.mark.parametrize("first", [couplet[0] for couplet in COUPLETS[:4]])
def test_every_second_line_is_as_long_as_the_first_and_has_the_fixed_characters(
    writer: CoupletWriter, first: str
) -> None:
    written = writer.write(first, fixed="_天__人", beam=6, nbest=6, choose=2)
    lines = [hypothesis.text for hypothesis in written.hypotheses]
    assert len(set(lines)) == 6 and all(len(line) == len(first) for line in lines)
    assert all(line[1] == "天" and line[4] == "人" for line in lines)
    assert written.trace is not None and written.trace.matrix().shape == (len(first) + 1, len(first) + 1)
    assert written.output.text == lines[2]


def test_a_line_that_is_held_to_nothing_is_that_of_the_translator(writer: CoupletWriter) -> None:
    free = writer.write("明月松间照", equal=False, beam=5)
    assert free.output.text == writer.translate("明月松间照", beam=5).output.text


def test_the_longest_line_that_is_read_is_the_longest_that_is_learnt_from(writer: CoupletWriter) -> None:
    longest, learnt = "天" * MAX_LINE, CoupletsConfig(("couplets",)).max_pieces
    assert encode(writer.tokenizer, [Pair(longest, longest)], learnt) != []
    assert encode(writer.tokenizer, [Pair(longest + "地", longest)], learnt) == []
    assert len(writer.write(longest, beam=1).output.text) == MAX_LINE


@pytest.mark.parametrize(
    ("first", "fixed", "sentence"),
    [
        (" ", "", "Type a first line first."),
        ("天" * 60, "", "60 characters, and 59 are read"),
        ("明月", "__风", "fixed at place 3, and the second line can have 2"),
        ("明月", "龘", "does not know the character 龘"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_sentence(
    writer: CoupletWriter, first: str, fixed: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        writer.write(first, fixed=fixed)


def test_couplets_are_trained_stored_and_answered_on_the_command_line(trained: Path, run) -> None:
    described = json.loads((trained / "config.json").read_text(encoding="utf-8"))
    assert (described["task"], described["source_language"], described["target_language"]) == ("couplet", "zh", "zh")
    told = run("couplet", str(trained), "--fixed", "_天", given="明月松间照\n\n书山有路\n")
    assert told.code == 0 and [len(line) for line in told.lines] == [5, 0, 4] and told.lines[0][1] == "天"
    valid("trace", run("couplet", str(trained), "--json", given="明月松间照\n").out)
    assert load.couplet_writer(str(trained), "cpu", folders=True).write("明月").output.text
    for command in ("translate", "classify"):
        refused = run(command, str(trained), given="明月\n")
        assert refused.code == 2 and "its task is couplet" in refused.err
