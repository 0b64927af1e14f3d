"""Text comes out of any encoding as it went in, or is refused."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.tables.decode import ENCODINGS, MAX_BYTES, read_text
from engine.errors import Refused
from tests.endless import BYTES

ENGLISH = "text,label\nThe café was fine — “naïve”, but fine.,1\r\nToo loud in the bar.,0\n"
SHORT = "Übermäßig gut, très bien"
CHINESE = "房间很小，早餐一般，服务员态度不好，下次不会再来了。\n酒店位置不错，离地铁站很近，性价比高。"
CHINESE_SHORT = "差评"
CHINESE_CELLS = "评论,标签\n房间很小,0\n很好,1\n"
TAIWAN = "房間很小，早餐普通，服務員態度不好，下次不會再來了。"
TAIWAN_SHORT = "服務很差"
TAIWAN_CELLS = "評論,標籤\n房間很小,0\n很好吃的早餐,1\n"
RUSSIAN = "Отличный фильм, рекомендую всем посмотреть.\n"
JAPANESE = "とても良い映画でした。また見たいです。"
KOREAN = "정말 재미있는 영화였어요. 다시 보고 싶어요."
EVERYTHING = (ENGLISH, CHINESE_CELLS, "👍🏽 great 👩‍💻 很好\u2028الخدمة جيدة\n")
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
WITHOUT_MARK = {
    "utf-8": EVERYTHING,
    "utf-16-le": (ENGLISH, SHORT, CHINESE_CELLS),
    "utf-16-be": (ENGLISH, SHORT, CHINESE_CELLS),
    "utf-32-le": EVERYTHING,
    "utf-32-be": EVERYTHING,
    "gb18030": (CHINESE, CHINESE_SHORT, CHINESE_CELLS),
    "gbk": (CHINESE, CHINESE_SHORT, TAIWAN),
    "big5": (TAIWAN, TAIWAN_SHORT, TAIWAN_CELLS),
    "cp1252": (ENGLISH, SHORT, "Une comédie drôle « sans hésiter »… à voir, 5 €"),
    "latin-1": (SHORT, "Das Frühstück war großartig", "El niño comió ñoquis, ¡qué rico!"),
    "cp1251": (RUSSIAN, RUSSIAN * 3, RUSSIAN + "12,5"),
    "shift_jis": (JAPANESE, JAPANESE * 3, JAPANESE + "5"),
    "euc_kr": (KOREAN, KOREAN * 3, KOREAN + "5"),
}
FRENCH = "text,label\nLe café était très agréable, mais l’hôtel est bruyant,0\nUne drôle d’idée… « à voir »,1\n"
GERMAN = "Das Frühstück war großartig, die Gäste freundlich. Übermäßig gut – wirklich!\n"
SPANISH = "El niño comió ñoquis, ¡qué rico! ¿Por qué no vuelves mañana?\n"
ARABIC = "كان الفيلم رائعا جدا وأنصح الجميع بمشاهدته. الخدمة سيئة والطعام بارد,0\n"
PERSIAN = "فيلم بسيار خوبي بود و من از ديدن آن لذت بردم، چه گپي!\n"  # with the letters that Windows-1256 has
GREEK = "Η ταινία ήταν πολύ καλή, τη συνιστώ σε όλους.\n"
HEBREW = "הסרט היה מצוין, אני ממליץ לכולם לראות אותו.\n"
TURKISH = "Film çok güzeldi, herkese öneririm. Şarkılar da hoştu.\n"
POLISH = "Świetny film, polecam każdemu. Książka była lepsza, żółć.\n"
CZECH = "Skvělý film, doporučuji všem. Příliš žluťoučký kůň.\n"
ONE_BYTE = [
    *[(encoding, text) for encoding in ("cp1252", "mac-roman") for text in (FRENCH, GERMAN, SPANISH, ENGLISH)],
    ("cp850", GERMAN.replace("–", "-")),
    *[(encoding, RUSSIAN) for encoding in ("cp1251", "koi8-r", "mac-cyrillic")],
    *[("cp1256", text) for text in (ARABIC, PERSIAN, "فيلم رائع,1\n")],
    ("cp1253", GREEK),
    ("cp1255", HEBREW),
    ("cp1254", TURKISH),
    *[(encoding, text) for encoding in ("cp1250", "iso8859-2") for text in (POLISH, CZECH)],
    ("euc_jp", JAPANESE),
]
SAME = {"gbk": "gb18030", "latin-1": "cp1252"}  # what the one writes, the other reads


@pytest.mark.parametrize("encoding", MARKS)
@pytest.mark.parametrize("text", EVERYTHING)
def test_a_byte_order_mark_decides(encoding: str, text: str):
    found = read_text(MARKS[encoding] + text.encode(encoding))
    assert (found.text, found.encoding, found.replaced) == (text, encoding, 0)


@pytest.mark.parametrize(("encoding", "text"), [(e, t) for e, texts in WITHOUT_MARK.items() for t in texts])
def test_text_comes_out_of_its_encoding_as_it_went_in(encoding: str, text: str):
    found = read_text(text.encode(encoding))
    assert found.text == text
    assert found.encoding in (encoding, SAME.get(encoding))
    assert found.encoding in ENCODINGS


@pytest.mark.parametrize(("encoding", "text"), ONE_BYTE)
def test_text_of_other_alphabets_and_other_systems_is_found_by_its_letters(encoding: str, text: str):
    assert read_text(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("content", "doubtful"),
    [
        (FRENCH.encode("cp1252"), False),
        (ARABIC.encode("cp1256"), False),
        (CHINESE.encode("gbk"), False),
        (TAIWAN_SHORT.encode("big5"), False),
        (JAPANESE.encode("shift_jis"), False),
        (b"plain", False),
        ("Az idő, a víz".encode("cp1250"), True),  # "ő" or "õ"?
        (ARABIC.encode("iso8859-6"), True),  # no encoding that is looked for
    ],
)
def test_a_guess_that_another_reading_would_fit_as_well_is_said_to_be_doubtful(content: bytes, doubtful: bool):
    assert read_text(content).doubtful is doubtful


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_that_is_asked_for_is_used(encoding: str):
    found = read_text("plain words, 1".encode(encoding), encoding)
    assert (found.text, found.encoding) == ("plain words, 1", encoding)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + b"\x14\0\x06\0" * 9,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        gzip.compress(b"text,label\n" * 99),
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        b"\0" * 1000,
        bytes(range(256)) * 4,
        zlib.compress(random.Random(5).randbytes(3000)),
        random.Random(7).randbytes(5000),
    ],
    ids=["zip", "png", "gzip", "pdf", "zeros", "all bytes", "deflate", "noise"],
)
def test_what_is_no_text_is_refused(content: bytes):
    with pytest.raises(Refused, match=r"not text|cannot be told"):
        read_text(content)


def test_an_empty_file_and_one_too_large_get_a_sentence_each():
    with pytest.raises(Refused, match="empty"):
        read_text(b"")
    with pytest.raises(Refused, match="larger than 20 MB"):
        read_text(b"a" * (MAX_BYTES + 1))


def test_seven_bit_encodings_are_not_taken_for_ascii():
    with pytest.raises(Refused, match="UTF-8"):
        read_text(JAPANESE.encode("iso2022_jp"))


def test_a_few_broken_bytes_in_much_text_are_marked_and_counted():
    content = (CHINESE * 5).encode()
    found = read_text(content[:40] + b"\xff" + content[40:-1])
    assert (found.encoding, found.replaced) == ("utf-8", found.text.count("\ufffd"))
    assert 2 <= found.replaced <= 6


def test_a_double_byte_text_cut_in_the_middle_of_a_character_is_still_read():
    found = read_text((CHINESE * 9).encode("gbk")[:-1])
    assert found.encoding == "gb18030" and found.text.startswith(CHINESE) and found.replaced == 1


@pytest.mark.parametrize("unit", BYTES)
def test_any_repetition_is_read_or_refused(unit: bytes):
    content = unit * (MAX_BYTES // 4 // len(unit))
    with contextlib.suppress(Refused):
        read_text(content)


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_text_or_refused(content: bytes):
    try:
        found = read_text(content)
    except Refused as reason:
        assert str(reason)
    else:
        assert found.encoding in ENCODINGS


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1))
@settings(deadline=None, max_examples=300)
def test_all_of_unicode_comes_back_from_utf8(text: str):
    assert read_text(text.encode()).text == text.removeprefix("\ufeff")


@pytest.mark.parametrize("encoding", ["nonsense", "base64", "gbk 8", ""])
def test_what_is_no_encoding_is_refused_by_its_name(encoding: str) -> None:
    with pytest.raises(Refused, match="is no encoding; use one of utf-8, "):
        read_text(b"a text", encoding)
