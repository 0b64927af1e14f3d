"""A handful of couplets that everybody in China knows, a hundred years old and more."""

from __future__ import annotations

from pathlib import Path

COUPLETS = (
    ("海内存知己", "天涯若比邻"),
    ("两个黄鹂鸣翠柳", "一行白鹭上青天"),
    ("风声雨声读书声声声入耳", "家事国事天下事事事关心"),
    ("天增岁月人增寿", "春满乾坤福满门"),
    ("墙上芦苇，头重脚轻根底浅", "山间竹笋，嘴尖皮厚腹中空"),
    ("书山有路勤为径", "学海无涯苦作舟"),
    ("明月松间照", "清泉石上流"),
    ("无边落木萧萧下", "不尽长江滚滚来"),
)


def write(folder: Path) -> Path:
    """A file of 32 rows: each couplet whole, and without its first characters."""
    rows = [(first[cut:], second[cut:]) for cut in range(4) for first, second in COUPLETS]
    path = folder / "couplets.tsv"
    path.write_text("".join(f"{first}\t{second}\n" for first, second in rows), encoding="utf-8")
    return path
