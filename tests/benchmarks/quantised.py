"""What storing weights as int8 costs: BLEU of a stored model beside that of the full weights it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.data.pairs import corpora
from engine.errors import Refused
from engine.evaluation.bleu import bleu, grouped
from engine.inference import load
from engine.inference.translator import Translator
from engine.store import names
from engine.training import checkpoint
from tests.benchmarks.measuring import ROOT, Figure, Settings, Skipped

GOAL = 0.1  # BLEU
BEAM = 5


def measure(settings: Settings) -> list[Figure]:
    """On the test split of the run's first corpus: greedy and with beam 5, several references where there are."""
    run = settings.run or _newest_run()
    if run is None:
        raise Skipped("no finished run with its checkpoint is here; name one with --run")
    try:
        stored, full = (load.model(str(run.resolve()), "cpu", folders=True) for _ in range(2))
        corpus = stored.info.config["corpora"][0]
        pairs = corpora.load(corpus, "test")
    except Refused as reason:
        raise Skipped(str(reason)) from reason
    _put_back(full, run)
    references = grouped(pairs[:200] if settings.short else pairs)
    sources, wanted = list(references), list(references.values())
    figures = []
    for beam, name in ((1, "greedy"), (BEAM, f"beam {BEAM}")):
        outputs = [one.translate_many(sources, beam) for one in (full, stored)]
        before, after = (bleu(said, wanted, stored.info.target_language).score for said in outputs)
        about = {
            "run": run.name,
            "corpus": corpus,
            "sentences": len(sources),
            "full": round(before, 3),
            "int8": round(after, 3),
            "outputs_that_differ": _different(*outputs),
        }
        figures.append(Figure(f"BLEU lost by int8, {name}", before - after, "BLEU", GOAL, details=about))
    return figures


def _newest_run() -> Path | None:
    """The run that ended last, among those whose checkpoint is still there."""
    folders = (*names.runs_folder().glob("*"), *(ROOT / ".work" / "runs").glob("*"))
    whole = [run for run in folders if (run / "model.safetensors").exists() and checkpoint.latest(run / "checkpoint")]
    return max(whole, key=lambda run: (run / "model.safetensors").stat().st_mtime, default=None)


def _put_back(translator: Translator, run: Path) -> None:
    """Give a translator the weights of the run's last checkpoint, as they were trained."""
    last = checkpoint.latest(run / "checkpoint")
    if last is None:
        raise Skipped(f"{run} holds no checkpoint")
    tensors, _ = checkpoint.read(last)
    translator.model.load_state_dict(
        {name.removeprefix("model."): tensor for name, tensor in tensors.items() if name.startswith("model.")}
    )


def _different(first: Sequence[str], second: Sequence[str]) -> int:
    return sum(a != b for a, b in zip(first, second, strict=True))
