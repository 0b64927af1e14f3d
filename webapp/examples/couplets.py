"""First lines to begin with: classics, and lines that play with their characters."""

from __future__ import annotations

FIRST_LINES = (
    "海内存知己",
    "书山有路勤为径",
    "天增岁月人增寿",
    "两个黄鹂鸣翠柳",
    "风声雨声读书声声声入耳",
    "墙上芦苇，头重脚轻根底浅",
)
"""Wang Bo, a saying, a New Year couplet, Du Fu, Gu Xiancheng, Xie Jin."""
