"""Links read from a file and laid over the pieces of the training pairs."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.data.files import read_text_file
from engine.data.pairs import pharaoh
from engine.data.tsv import Pair
from engine.errors import Refused
from engine.text.tokenizer import Encoded, Tokenizer
from engine.training.config import SupervisedConfig
from engine.training.supervision import Supervision, wish


def prepare(
    config: SupervisedConfig, tokenizer: Tokenizer, pairs: Sequence[Pair], most: int
) -> tuple[Supervision, dict[str, Any]]:
    """What attention is to be in every pair of which no side is longer than `most` pieces, and what is said of the
    links in training.json. Raises `Refused` for links that do not fit the pairs."""
    content = read_text_file(Path(config.links))
    encoded = [(tokenizer.encode(source), tokenizer.encode(target)) for source, target in pairs]
    links = pharaoh.read(content.decode("utf-8").splitlines(), [(_words(s), _words(t)) for s, t in encoded])
    if not any(links):
        raise Refused("{path} links no word, so there is nothing to learn from it.", path=config.links)
    wishes = [
        wish(source.axis, target.axis, own)
        for (source, target), own in zip(encoded, links, strict=True)
        if len(source.ids) <= most and len(target.ids) <= most
    ]
    facts = {"links_sha256": sha256(content).hexdigest(), "pairs_with_links": sum(map(bool, links))}
    facts |= {"weight": config.weight, "later": config.later}
    return Supervision(wishes, config.weight, config.later), facts


def _words(side: Encoded) -> int:
    """How many there are without the end of the sentence."""
    return side.axis.count - 1
