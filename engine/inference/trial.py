"""Open a model that a stranger brought once, in a process of its own with little memory and time, and ask it something.

Run by its path, with the folder that it lies in and its name as arguments. Whatever is wrong with its files ends this
process and no other; what was wrong comes back as JSON on standard output.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

MEMORY, SECONDS = 3_000_000_000, 90
"""Bytes that a model may take beside what its libraries do, and seconds of one processor."""
PATIENCE = 240.0
"""Seconds that it may take at the worst, on a machine that does much else."""
TEXTS = {"en": "Tom is here.", "zh": "今天天气很好。"}
_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_OFFLINE": "1",
}


def tried(folder: Path) -> None:
    """Raises `Refused` for a model that cannot be opened, or cannot be asked, or takes too much for that."""
    from engine.errors import Refused

    command = [sys.executable, "-I", __file__, str(folder.parent.resolve()), folder.name]
    environment = {**_ENVIRONMENT, "ALIGNSCOPE_RUNS": str(folder.parent.resolve())}
    failed = Refused("{name} could not be opened: it takes too much time or memory, or is not whole.", name=folder.name)
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=PATIENCE, check=False
        )
        reason = json.loads(ended.stdout) if ended.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError):
        reason = None
    if reason is None:
        raise failed
    if reason:
        raise Refused(reason["template"], plural=reason["plural"], **reason["facts"])


def main(runs: Path, name: str) -> None:
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from engine.errors import Refused

    try:
        _ask(runs / name, f"run:{name}")
        reason: dict[str, Any] = {}
    except Refused as refused:
        reason = {"template": refused.template, "plural": refused.plural, "facts": _plain(refused.facts)}
    print(json.dumps(reason))


def _ask(folder: Path, name: str) -> None:
    """Try its tokenizer, open it, and have it answer a short text."""
    # All that opening takes is imported first, so that the bounds are those of the model.
    import torch

    from engine.decoding.mmi import LIKELIEST
    from engine.inference import load
    from engine.store.tokenizer_folder import prepared

    torch.set_num_threads(1)
    with prepared(name, folder) as tokenizer:
        tokenizer.passed()
    _limit()
    model: Any = load.model(name, "cpu")
    text = TEXTS.get(model.info.source_language or "", TEXTS["en"])
    task = model.info.task
    if task == "classification":
        model.read(text)
    elif task == "language":
        model.logprobs(model.ids([text]))
    elif task == "couplet":
        model.write(TEXTS["zh"], beam=2)
    elif task == "conversation":
        model.reply(text, mmi=LIKELIEST)
    else:
        model.translate(text)


def _limit() -> None:
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limits; whoever waits for this process has a clock
        return
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if _linux() else 0
    if now:
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _linux() -> bool:
    return Path("/proc/self/statm").exists()


def _plain(facts: Any) -> dict[str, Any]:
    """Facts of a sentence as JSON has them."""
    return {name: fact if isinstance(fact, int | float) else str(fact)[:300] for name, fact in facts.items()}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
