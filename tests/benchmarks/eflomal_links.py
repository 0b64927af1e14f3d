"""Draw the links of a corpus's test split with eflomal (Östling & Tiedemann 2016), a statistical aligner.

    python -m tests.benchmarks.eflomal_links tatoeba/en-fr
    python -m tests.benchmarks.eflomal_links tatoeba/en-fr --check GOLD.jsonl
    python -m tests.benchmarks.eflomal_links tatoeba/zh-en --more xdailydialog/zh-en --check GOLD.jsonl

Training and test pairs are aligned together, cut into the words that our figures show and lower-cased, once in each
direction; kept is the intersection. `--check` appends sentences with links drawn by hand and prints the AER on them
instead, for both directions and their intersection; Chinese words are then cut into characters, since people cut them
otherwise than we do, and their links joined again. eflomal samples without a seed, so links differ a little between
runs: that is why the file is kept.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from engine.data.files import atomic_write
from engine.data.pairs import corpora, gold, links
from engine.data.pairs.pharaoh import read
from engine.evaluation.alignment import Links, aer
from engine.text.document import HAN
from engine.text.tokenizer import words

EFLOMAL = Path(".venv-bench/bin/eflomal-align")
Words = tuple[Sequence[str], Sequence[str]]


def align(program: Path, pairs: Sequence[Words]) -> tuple[list[Links], list[Links]]:
    """Links of each pair, source to target and back, both as `(source word, target word)`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for side, file in enumerate(("source", "target")):
            text = "".join(" ".join(word.lower() for word in pair[side]) + "\n" for pair in pairs)
            (folder / file).write_text(text, encoding="utf-8")
        flags = ["-s", "source", "-t", "target", "-f", "forward", "-r", "reverse"]
        subprocess.run([program.absolute(), *flags], cwd=folder, check=True)
        sizes = [(len(source), len(target)) for source, target in pairs]
        forward, reverse = (
            read((folder / file).read_text(encoding="utf-8").split("\n")[: len(pairs)], sizes)
            for file in ("forward", "reverse")
        )
    return forward, reverse


def check(program: Path, pairs: Sequence[Words], annotated: Sequence[gold.GoldPair]) -> None:
    """Print the AER of both directions and of their intersection on sentences with links drawn by hand."""
    cut = [tuple(characters(side) for side in (pair.source, pair.target)) for pair in annotated]
    training = [tuple(characters(side)[0] for side in pair) for pair in pairs]
    forward, reverse = align(program, [*training, *((source[0], target[0]) for source, target in cut)])
    both = [a & b for a, b in zip(forward, reverse, strict=True)]
    for name, drawn in (("forward", forward), ("reverse", reverse), ("intersection", both)):
        joined = [
            {(source[1][i], target[1][j]) for i, j in links}
            for links, (source, target) in zip(drawn[len(pairs) :], cut, strict=True)
        ]
        print(name, aer(joined, annotated))


def characters(tokens: Sequence[str]) -> tuple[list[str], list[int]]:
    """Tokens with Chinese ones cut into characters, and for each piece the number of its token."""
    pieces = [(piece, k) for k, token in enumerate(tokens) for piece in (token if HAN.search(token) else [token])]
    return [piece for piece, _ in pieces], [k for _, k in pieces]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", choices=sorted(corpora.CORPORA))
    parser.add_argument("--check", type=Path, metavar="GOLD.jsonl")
    parser.add_argument("--more", choices=sorted(corpora.CORPORA), help="with --check, more training text")
    parser.add_argument("--eflomal", type=Path, default=EFLOMAL)
    given = parser.parse_args()

    corpus = corpora.CORPORA[given.corpus]
    train, test = (corpora.load(given.corpus, split) for split in ("train", "test"))
    kept: list[Words] = [(words(pair.source), words(pair.target)) for pair in test]
    pairs: list[Words] = [(words(pair.source), words(pair.target)) for pair in train] + kept
    if given.check:
        more = corpora.load(given.more, "train") if given.more else []
        pairs += [(words(pair.source), words(pair.target)) for pair in more]
        check(given.eflomal, pairs, gold.load(given.check))
        return

    forward, reverse = align(given.eflomal, pairs)
    drawn = [frozenset(a & b) for a, b in zip(forward, reverse, strict=True)][len(train) :]
    about = {
        "corpus": corpus.name,
        "split": "test",
        "aligner": "eflomal 2.0.0",
        "aligned": "training and test pairs, lower-cased words",
        "symmetrised": "intersection",
        "made_by": f"python -m tests.benchmarks.eflomal_links {corpus.name}",
        "licence": corpus.licence,
        "attribution": corpus.attribution,
    }
    found = {links.key(*pair): link for pair, link in zip(kept, drawn, strict=True)}
    path = links.FOLDER / f"{corpus.slug}.test.jsonl"
    atomic_write(path, links.dump(about, found).encode("utf-8"))
    print(f"{len(found)} pairs, {sum(map(len, found.values()))} links: {path.name}")


if __name__ == "__main__":
    main()
