"""A sample of texts, and how those that models were measured on would be read of it.

python -m tests.engine.readings     writes down how it is read now, beside `engine.text.version.READING`
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

from engine.data.documents.review_files import cleaned
from engine.store.names import PRETRAINED
from engine.text import utterance
from engine.text.bytepieces import BytePieces, plain
from engine.text.couplet import form
from engine.text.document import document
from engine.text.given import check_words, entered
from engine.text.tokenizer import Encoded, Tokenizer, words
from engine.text.tones import tones
from engine.text.version import READING
from engine.text.vocabulary import normalise
from engine.text.wordpieces import WordPieces

FROZEN = Path(__file__).parent / "readings.json"
DOCUMENTS = (
    ("en", "A film that isn't bad, is it?  No!!! Mr. Smith didn't like it... 10/10, e.g. for its $3.50 score."),
    ("en", "First line<br /><br />second line\nthird\u2028fourth\x0bfifth"),
    ("en", "1. the plot\nb) the cast\n\u2022 the end\n(iv) all of it\n2) "),
    ("en", "It\u0092s \u0093great\u0094 \u0096 caf\u0085 \x00\x1fnothing\x7f and co\u00adoperation \ufeffhere"),
    (
        "en",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1eb\U0001f1f7 good \U0001f44d\U0001f3fd :-) <3",
    ),
    ("en", "word " * 450),
    ("en", "\u2018Tis the film\u2019s end\u2026 NAI\u0308VE \ufb01lm, na\u00efve \uff26ilm CAN\u2019T can't"),
    ("zh", "房间很干净，服务也不错！下次还会来。2023年3月入住，价格￥388/晚。"),
    ("zh", "早餐一般……不推荐。\n1、位置好\n（二）交通方便\n③ WiFi很快"),
    ("zh", "这家酒店" * 120),
)
PAIRS = (
    "I don't know where Tom's gone.",
    "L'homme n'a qu'\u00e0 s'asseoir aujourd\u2019hui, puisqu'il l'a dit\u00a0!",
    "\u3000我昨天在图书馆看了3本书，很有意思。",
    "Tom\u200b said:  \u201cHi\u201d \u2014 50\u00a0% caf\u0065\u0301 _x_ \u2581y \x07\u00ad\ufeff",
    "こんにちは世界 สวัสดี \U0001f44d\U0001f3fd \U0001f1eb\U0001f1f7",
)
LINES = (
    "墙上芦苇，头重脚轻根底浅",
    "山间竹笋，嘴尖皮厚腹中空",
    "风声雨声 读书声声声入耳, 龘a1",
)
UTTERANCES = (
    ("en", "Well , I ’ m sorry to hear that , Mr . Smith ! ( after a while ) It's 3 . 50 , isn't it ?"),
    ("en", "How're you?  I'm fine, thanks \u2014 and you? \U0001f44d"),
    ("zh", "你好，请问3号线怎么走？ 谢谢 。"),
)
JOINED = (
    ("他", "花", "了", "3", "美元", "。"),
    ("le", "Orateur", "se", "adresse"),
    ("\u201c", "ok", "\u201d", "，", "好"),
)


def _classified() -> list[Any]:
    """What the networks over words and the one over pieces read of a review, as a corpus hands it on."""
    pieces = WordPieces.load(PRETRAINED / "classification" / "imdb-transformer")
    rows = []
    for language, text in DOCUMENTS:
        cut = document(cleaned(text), language)
        sentences = [[normalise(word) for word in cut.words(i)] for i in range(len(cut.sentences))]
        typed = document(text, language)
        rows.append([sentences, pieces.pieces([cut])[0].ids.tolist(), [len(s.words) for s in typed.sentences]])
    return rows


def _translated() -> list[Any]:
    """The words and pieces of a text, and of words that are given one by one."""
    tokenizers = [Tokenizer.load(PRETRAINED / "translation" / name) for name in ("en-fr-additive", "zh-en-additive")]

    def read(encoded: Encoded) -> list[Any]:
        return [list(encoded.ids), list(encoded.axis.labels), list(encoded.axis.groups or ())]

    texts = [[words(text), *(read(each.encode(entered(text))) for each in tokenizers)] for text in PAIRS]
    return texts + [[read(each.encode_words(check_words(row))) for each in tokenizers] for row in JOINED]


def _continued() -> list[Any]:
    pieces = BytePieces.load(PRETRAINED / "language" / "reviews-gpt")
    return pieces.ids([plain(cleaned(text)) for _, text in DOCUMENTS])


def _written() -> list[Any]:
    """The characters of a line and their numbers, its tones, and how two lines answer each other."""
    characters = Tokenizer.load(PRETRAINED / "couplet" / "global")
    rows: list[Any] = [[characters.ids([line])[0], list(tones(line))] for line in LINES]
    plain_rows: list[Any] = json.loads(json.dumps([*rows, astuple(form(*LINES[:2]))]))
    return plain_rows


def _answered() -> list[Any]:
    """An utterance as it is read, and its pieces."""
    cut = {code: Tokenizer.load(PRETRAINED / "conversation" / code) for code in ("en", "zh")}
    said = [(code, utterance.plain(text)) for code, text in UTTERANCES]
    return [[text, cut[code].ids([text])[0]] for code, text in said]


READ: dict[str, Callable[[], list[Any]]] = {
    "translation": _translated,
    "classification": _classified,
    "language": _continued,
    "couplet": _written,
    "conversation": _answered,
}


def main() -> None:
    now = {task: {"version": READING[task], "sample": read()} for task, read in READ.items()}
    FROZEN.write_text(json.dumps(now, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
