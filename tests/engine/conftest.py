"""A tokenizer and models small enough to make anew for every test run; their weights are random but fixed."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.cli.app import main
from engine.inference.translator import Translator
from engine.models.recurrent.decoders import WithoutAttention, build
from engine.models.recurrent.seq2seq import Seq2Seq, Seq2SeqConfig
from engine.store.catalogue import ModelInfo, find
from engine.store.own_format import save_model
from engine.text.tokenizer import Tokenizer
from tests.engine.terminal import Told

SENTENCES = (
    "A man rides a brown horse.",
    "Two women aren't reading the newspaper today.",
    "The children are playing in the garden, aren't they?",
    "Un homme monte un cheval brun.",
    "Deux femmes ne lisent pas le journal aujourd'hui.",
    "Les enfants jouent dans le jardin de l'école, n'est-ce pas ?",
    "Qu'est-ce que c'est ? C'est l'été.",
    "我喜欢骑马。",
)

MakeModel = Callable[..., Seq2Seq | WithoutAttention]


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return Tokenizer.train(SENTENCES * 3, 160)


@pytest.fixture(scope="session")
def make_model() -> MakeModel:
    def make(
        vocabulary: int = 12, *, seed: int = 0, spread: float = 3.0, **choices: object
    ) -> Seq2Seq | WithoutAttention:
        """Weights `spread` times as large as at the start of training, so that outputs are decided, not all alike."""
        torch.manual_seed(seed)
        sizes = {"embedding": 8, "encoder": 4, "decoder": 8, "attention": 6, "dropout": 0.3}
        model = build(Seq2SeqConfig(**{"vocabulary": vocabulary, **sizes, **choices}))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(spread)
        return model.eval().requires_grad_(False)

    return make


@pytest.fixture(scope="session")
def translator(tokenizer: Tokenizer, make_model: MakeModel) -> Translator:
    config = {"model_type": "alignscope-seq2seq", "task": "translation", "weights_sha256": "0" * 64}
    info = ModelInfo("translation/tiny", "translation", "en", "fr", Path("nowhere"), config, None, None)
    return Translator(info, make_model(len(tokenizer)), tokenizer)


META = {"task": "translation", "source_language": "en", "target_language": "fr", "corpora": ["tatoeba/en-fr"]}


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of runs, which names beginning with `run:` mean."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("ALIGNSCOPE_RUNS", str(folder))
    return folder


@pytest.fixture
def stored(runs: Path, tokenizer: Tokenizer, make_model: MakeModel) -> ModelInfo:
    """The model `run:tiny`, whole and on disk."""
    save_model(runs / "tiny", make_model(len(tokenizer)), tokenizer, META, {"updates": 1})
    return find("run:tiny")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Runs a command with `given` as standard input."""

    def run(*arguments: str, given: str | bytes = "") -> Told:
        content = given if isinstance(given, bytes) else given.encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
        capsys.readouterr()  # what was printed before, by a library that stored the model, say, is not the command's
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        out, err = capsys.readouterr()
        return Told(int(left.value.code or 0), out, err)

    return run
