"""Draw the links of a corpus's test split with eflomal (Östling & Tiedemann 2016), a statistical aligner.

    python -m tests.benchmarks.eflomal_links tatoeba/en-fr
    python -m tests.benchmarks.eflomal_links tatoeba/en-fr --check GOLD.jsonl

Training and test pairs are aligned together, cut into the words that our figures show and lower-cased, once in each
direction; kept is the intersection. `--check` appends sentences with links drawn by hand and prints the AER on them
instead, for both directions and their intersection. eflomal samples without a seed, so links differ a little between
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
from engine.evaluation.alignment import Links, aer
from engine.evaluation.pharaoh import read
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", choices=sorted(corpora.CORPORA))
    parser.add_argument("--check", type=Path, metavar="GOLD.jsonl")
    parser.add_argument("--eflomal", type=Path, default=EFLOMAL)
    given = parser.parse_args()

    corpus = corpora.CORPORA[given.corpus]
    train, test = (corpora.load(given.corpus, split) for split in ("train", "test"))
    kept: list[Words] = [(words(pair.source), words(pair.target)) for pair in test]
    pairs: list[Words] = [(words(pair.source), words(pair.target)) for pair in train] + kept
    if given.check:
        annotated = gold.load(given.check)
        forward, reverse = align(given.eflomal, [*pairs, *((g.source, g.target) for g in annotated)])
        both = [a & b for a, b in zip(forward, reverse, strict=True)]
        for name, found in (("forward", forward), ("reverse", reverse), ("intersection", both)):
            print(name, aer(found[len(pairs) :], annotated))
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
