"""Links as text: `0-0 1-2 2-1`, one sentence a line, source-target, counted from 0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set

from engine.errors import Refused

Links = set[tuple[int, int]]
_LINK = re.compile(r"(\d{1,9})-(\d{1,9})", re.ASCII)


def pharaoh(line: str) -> Links:
    """The links in one line; an empty line holds none. Refuses whatever is not `number-number`."""
    links: Links = set()
    for word in line.split():
        match = _LINK.fullmatch(word)
        if match is None:
            raise Refused("“{word}” is no link; links look like 0-0 1-2, source word then target word.", word=word)
        links.add((int(match[1]), int(match[2])))
    return links


def to_pharaoh(links: Set[tuple[int, int]]) -> str:
    """One line without its line break, sorted by source word, then by target word."""
    return " ".join(f"{i}-{j}" for i, j in sorted(links))


def read(lines: Iterable[str], sizes: Sequence[tuple[int, int]]) -> list[Links]:
    """Links of a whole file, one line a sentence; `sizes` are the numbers of source and target words.

    Refuses another number of lines, a file that counts words from 1, and links to words that are not there.
    """
    sentences = [pharaoh(line) for line in lines]
    if len(sentences) != len(sizes):
        raise Refused(
            "The lines of the file of links are {lines} and the sentences {sentences}; "
            "give one line for each sentence, an empty one where nothing is linked.",
            lines=len(sentences),
            sentences=len(sizes),
        )
    outside = [k for k, (links, size) in enumerate(zip(sentences, sizes, strict=True)) if _leaves(links, size, 0)]
    if not outside:
        return sentences
    from_one = all(min(i, j) > 0 for links in sentences for i, j in links) and not any(
        _leaves(links, size, 1) for links, size in zip(sentences, sizes, strict=True)
    )
    if from_one:
        raise Refused(
            "The links count words from 1 (no link has a 0, and line {line} links to a word one past the last); "
            "take 1 from every number, so that the first word is 0.",
            line=outside[0] + 1,
        )
    k = outside[0]
    i, j = max(sentences[k], key=lambda link: (_leaves({link}, sizes[k], 0), link))
    raise Refused(
        "Line {line} links {i}-{j}, but the words of its sentence are {source} in the source and {target} in the "
        "target, counted from 0; check that links are written source-target.",
        line=k + 1,
        i=i,
        j=j,
        source=sizes[k][0],
        target=sizes[k][1],
    )


def _leaves(links: Set[tuple[int, int]], size: tuple[int, int], first: int) -> bool:
    return any(i - first >= size[0] or j - first >= size[1] for i, j in links)
