"""What is made to take long, a few characters over and over: it must be read or refused."""

from __future__ import annotations

MARKS = "e" + "\u0301\u0323" * 50_000
TEXTS = ("a" + "\u0316\u0301" * 50_000, " " * 50_000 + "x", "a" * 100_000, "\u0301" * 10_000)
BYTES = (b"\xe9a", b"a\xff", b"\x81", b"\x81\x30", b"\xe5\xe5\n", b"\0a", b"\xef\xbf\xbd\xff")
CELLS = ('"', '"\n', '"a\n', 'a,"\n', 'a,"b""c\n', '"""x\n', '"a","b\n', ",", "a\n", '"",', "a b;c|d\te,f\n", ' "')
