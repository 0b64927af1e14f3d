"""The Chat page: a reply of the model, why it is first, how generic it is, and where the model looked."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load, save

from engine.decoding.mmi import Mmi
from engine.errors import Refused
from engine.inference.conversation import Answer
from tests.dialogue_lines import METRICS
from tests.webapp.conftest import Open, figures, words
from webapp.examples.messages import MESSAGES
from webapp.gateway.current import gateway
from webapp.gateway.listing import LISTED_FOR

MODEL = "conversation/en"
FIRST = MESSAGES["en"][0]


def table(app, column: str):
    (frame,) = [frame.value for frame in app.dataframe if column in frame.value]
    return frame


def test_the_page_opens_with_a_message_its_replies_and_the_map_of_the_best(visit: Open):
    app = visit("chat")
    assert not app.exception and not app.info
    answer = gateway.conversation.reply(MODEL, FIRST, weighed=True, choose=0)
    assert answer.mmi == Mmi(0.6, 1.4)
    assert table(app, "Score")["Reply"].tolist() == [reply.text for reply in answer.replies]
    picture = figures(app)["chat_figure_map"]
    assert " ".join(words(picture, "source")) == "What kind of food do you like ?"
    assert words(picture, "target") == list(answer.translation.trace.by_words().queries.labels[:-1])
    assert any("no memory" in text.value for text in [*app.caption, *app.markdown])


def test_the_parts_of_each_score_add_up_to_it(visit: Open):
    rows = table(visit("chat"), "Score")
    parts = rows["ln p(reply | message)"] + rows["λ ln p(message | reply)"] + rows["γ × subwords"]
    assert rows["Score"].tolist() == pytest.approx(parts.tolist())
    assert rows["Score"].is_monotonic_decreasing
    assert rows.columns[2] == "Score"  # a narrow screen shows the first columns


def test_a_model_that_names_no_way_back_offers_no_weighing(visit: Open, tiny_models: Path, tmp_path: Path):
    folder = tmp_path / "runs" / "own"
    shutil.copytree(tiny_models / "conversation" / "en", folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | {"reverse": ""}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    toggle = visit("chat", m="run:own").toggle(key="chat_weighed")
    assert toggle.disabled and "names no other" in toggle.help
    assert not visit("chat").toggle(key="chat_weighed").disabled


def test_without_mmi_the_likeliest_reply_is_first_and_has_no_other_part(visit: Open):
    app = visit("chat", w="0")
    rows = table(app, "ln p(reply | message)")
    assert rows["ln p(reply | message)"].is_monotonic_decreasing and "Score" not in rows
    assert any("The likeliest reply comes first." in caption.value for caption in app.caption)


def test_a_reply_is_chosen_by_a_click_stands_in_the_link_and_another_message_begins_with_the_best(visit: Open):
    app = visit("chat")
    (pills,) = [group for group in app.button_group if (group.key or "").startswith("chat_reply")]
    best = words(figures(app)["chat_figure_map"], "target")
    pills.set_value(2).run()
    assert words(figures(app)["chat_figure_map"], "target") != best and app.query_params["n"] == "2"
    app.button_group(key="chat_example").set_value(1).run()
    assert app.text_input(key="chat_text").value == MESSAGES["en"][1] and app.session_state["chat_candidate"] == 1


def test_how_generic_a_reply_is_comes_from_what_was_offered_to_the_test_messages(visit: Open):
    common = gateway.conversation.generic(MODEL, "Yes.")
    assert common == (1, 7, 20, 1)
    (sentence,) = [text.value for text in visit("chat").markdown if "How generic" in text.value]
    assert "none of the 1 replies" in sentence and "20 test messages" in sentence
    unmeasured = [text.value for text in visit("chat", m="conversation/zh").markdown]
    assert any("was not measured" in text for text in unmeasured)


def test_what_was_measured_stands_beside_what_people_say(visit: Open):
    rows = table(visit("chat"), "people")
    assert rows["weighed by MMI"].tolist()[:2] == ["0.50 (0.40–0.60)", "0.500"] and len(rows) == 5
    assert rows["weighed by length alone"].tolist() == rows["weighed by MMI"].tolist()
    assert not [frame for frame in visit("chat", m="conversation/zh").dataframe if "people" in frame.value]


@pytest.mark.parametrize("lacks", ["distinct_1", "bleu", "test", "perplexity", "offered"])
def test_what_was_not_measured_is_left_out(visit: Open, tiny_models: Path, tmp_path: Path, lacks: str):
    for number, wrong in enumerate((None, "x", [], {"messages": None}, {"messages": 5, "commonest": [{"text": []}]})):
        folder = tmp_path / "runs" / f"own{number}"
        shutil.copytree(tiny_models / "conversation" / "en", folder)
        (folder / "metrics.json").write_text(json.dumps({**METRICS, lacks: wrong}), encoding="utf-8")
        app = visit("chat", m=f"run:own{number}")
        assert not app.exception and table(app, "ln p(reply | message)").shape[0] > 1


def test_weights_that_were_chosen_with_another_way_back_are_not_said_to_be_this_models_own(
    visit: Open, tiny_models: Path, tmp_path: Path
):
    names = ("en-reverse", "zh-reverse")
    for name in names:
        folder = tmp_path / "runs" / name
        shutil.copytree(tiny_models / "conversation" / "en", folder)
        mmi = METRICS["mmi"] | {"reverse": f"conversation/{name}"}
        (folder / "metrics.json").write_text(json.dumps({**METRICS, "mmi": mmi}), encoding="utf-8")
    own, other = (
        next(text.value for text in visit("chat", m=f"run:{name}").caption if "γ =" in text.value) for name in names
    )
    assert "λ = 0.6 and γ = 1.4" in own and "were chosen by BLEU" in own
    assert "λ = 0.5 and γ = 0 " in other and "none were chosen for this model" in other


def test_a_model_whose_way_back_is_missing_replies_once_it_is_not_to_be_weighed(
    visit: Open, tiny_models: Path, tmp_path: Path
):
    folder = tmp_path / "runs" / "own"
    shutil.copytree(tiny_models / "conversation" / "en", folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | {"reverse": "conversation/none"}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    app = visit("chat", m="run:own")
    assert ["reply without MMI" in note.value for note in app.info] == [True]
    app.toggle(key="chat_weighed").set_value(False).run()
    assert not app.info and not app.exception and figures(app)["chat_figure_map"] is not None


def test_a_reply_in_a_pill_is_text_and_no_markup(visit: Open, monkeypatch: pytest.MonkeyPatch):
    def priced(*asked: Any, **named: Any) -> Answer:
        answer = reply(*asked, **named)
        best, *others = answer.replies
        return replace(answer, replies=(best._replace(text="It costs $20 or $30."), *others))

    reply = gateway.conversation.reply
    monkeypatch.setattr(gateway.conversation, "reply", priced)
    (pills,) = [group for group in visit("chat").button_group if (group.key or "").startswith("chat_reply")]
    assert pills.options[0] == r"It costs \$20 or \$30\."


def test_another_language_turns_the_message_to_try_into_the_same_there(visit: Open):
    app = visit("chat")
    app.selectbox(key="chat_model").set_value("conversation/zh").run()
    assert not app.exception and app.text_input(key="chat_text").value == MESSAGES["zh"][0]
    assert words(figures(app)["chat_figure_map"], "source")[0] == "你"


def test_a_chinese_page_opens_with_the_chinese_model_and_a_link_with_the_one_it_names(visit: Open):
    app = visit("chat", language="zh")
    assert not app.exception and app.selectbox(key="chat_model").value == "conversation/zh"
    assert app.text_input(key="chat_text").value == MESSAGES["zh"][0]
    app = visit("chat", language="zh", m="conversation/en")
    assert app.selectbox(key="chat_model").value == "conversation/en"
    assert app.text_input(key="chat_text").value == FIRST


def test_the_box_counts_to_as_many_characters_as_are_read(visit: Open):
    most = visit("chat").text_input(key="chat_text").proto.max_chars
    with pytest.raises(Refused, match=f"{most} are read"):
        gateway.conversation.reply(MODEL, "a" * (most + 1), weighed=True, choose=0)


def test_a_blank_message_is_answered_by_a_sentence(visit: Open):
    app = visit("chat", t="")
    assert not app.exception and ["First type what somebody says." in note.value for note in app.info] == [True]


def test_models_that_reply_stand_in_no_other_menu_and_those_of_the_way_back_in_none(visit: Open):
    (box,) = [box for box in visit("chat").selectbox if box.key == "chat_model"]
    assert box.options == ["English", "Chinese"]
    (box,) = [box for box in visit().selectbox if box.key == "translate_model"]
    assert not [name for name in gateway.listing.models() if name.startswith("conversation/")]
    assert not any("English → English" in option for option in box.options)


def test_a_way_back_that_was_trained_anew_weighs_from_then_on_and_a_link_says_so(
    visit: Open, tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    own, back = (tmp_path / "runs" / name for name in ("own", "back"))
    shutil.copytree(tiny_models / "conversation" / "en", own)
    shutil.copytree(tiny_models / "conversation" / "en-reverse", back)
    described(own, reverse="run:back")
    app = visit("chat", m="run:own", n="2")
    link, before = app.query_params["h"], table(app, "Score")["λ ln p(message | reply)"].tolist()
    app.toggle(key="chat_weighed").set_value(False).run()
    likeliest = app.query_params["h"]

    weights = back / "model.safetensors"
    weights.write_bytes(
        save({name: (tensor / 2).to(tensor.dtype) for name, tensor in load(weights.read_bytes()).items()})
    )
    described(back, weights_sha256=sha256(weights.read_bytes()).hexdigest())
    monkeypatch.setattr(gateway.listing, "_looked", -LISTED_FOR)  # they are looked up again
    app = visit("chat", m="run:own", n="2", h=link)
    assert table(app, "Score")["λ ln p(message | reply)"].tolist() != before
    assert ["has changed" in note.value for note in app.info] == [True]
    assert not visit("chat", m="run:own", w="0", h=likeliest).info


def described(folder: Path, **facts: str) -> None:
    """Write more into the config.json of a model."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | facts
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
