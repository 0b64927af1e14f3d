"""JoeyNMT 2.3.0 as it comes, started by its own command on the pieces that ours learns from too."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import Skipped

SPEED = re.compile(r"Step:\s+(\d+),.*Tokens per Sec:\s+(\d+)")
PARAMETERS = re.compile(r"Total params: (\d+)")
SPECIAL = 4  # pieces that both programs add themselves: padding, unknown, start and end


def check() -> None:
    """Raises Skipped where JoeyNMT is not installed."""
    if importlib.util.find_spec("joeynmt") is None:
        raise Skipped("JoeyNMT is not installed: run `make bench`, or this with .venv-bench/bin/python")


def write_text(folder: Path, pairs: Sequence[tuple[Sequence[int], Sequence[int]]], vocabulary: int) -> None:
    """Sentences as numbered pieces between spaces, without the `</s>` that JoeyNMT puts there itself."""
    for side, name in enumerate(("source", "target")):
        text = [" ".join(f"p{piece}" for piece in pair[side][:-1]) + "\n" for pair in pairs]
        (folder / f"train.{name}").write_text("".join(text))
        (folder / f"dev.{name}").write_text("".join(text[:64]))  # it must have some, and validates on none
    (folder / "pieces").write_text("".join(f"p{piece}\n" for piece in range(SPECIAL, vocabulary)))


def train(
    folder: Path, sizes: Mapping[str, int], batch: int, updates: int, warm_up: int, threads: int
) -> dict[str, Any]:
    """Target pieces a second as it logs them, over `updates` after `warm_up`, both even; and how many weights it has.

    Its log has one speed for each window of as many batches, so their harmonic mean is all pieces over all seconds.
    """
    window = warm_up
    with tempfile.TemporaryDirectory(dir=folder) as made:
        config = Path(made) / "config.yaml"
        # JSON is YAML too.
        config.write_text(json.dumps(_config(folder, Path(made) / "model", sizes, batch, warm_up + updates, window)))
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "MPLBACKEND": "agg"}
        command = [sys.executable, "-m", "joeynmt", "train", str(config), "--skip-test"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    said = done.stdout + done.stderr
    speeds = [int(speed) for step, speed in SPEED.findall(said) if int(step) > warm_up]
    if done.returncode or not speeds:
        raise RuntimeError(f"JoeyNMT did not train:\n{said[-3000:]}")
    counted = PARAMETERS.search(said)
    return {
        "speed": len(speeds) / sum(1 / speed for speed in speeds),
        "parameters": int(counted[1]) if counted else None,
    }


def _config(
    folder: Path, model: Path, sizes: Mapping[str, int], batch: int, updates: int, window: int
) -> dict[str, Any]:
    """Its additive GRU model with its defaults, input feeding among them. Its attention is as wide as its decoder."""
    side = {"level": "word", "voc_file": str(folder / "pieces"), "max_length": 100}
    embeddings = {"embedding_dim": sizes["embedding"], "dropout": 0.1}
    return {
        "name": "speed",
        "joeynmt_version": "2.3.0",
        "model_dir": str(model),
        "use_cuda": False,
        "random_seed": 1,
        "data": {
            "train": str(folder / "train"),
            "dev": str(folder / "dev"),
            "dataset_type": "plain",
            "src": {"lang": "source", **side},
            "trg": {"lang": "target", **side},
        },
        "testing": {"beam_size": 1},
        "training": {
            "optimizer": "adam",
            "learning_rate": 0.0005,
            # Its plateau scheduler gives torch an argument that is no longer there; this one acts after a pass alone.
            "scheduling": "exponential",
            "clip_grad_norm": 1.0,
            "normalization": "tokens",
            "batch_size": batch,
            "batch_type": "sentence",
            "epochs": 1000,
            "updates": updates,
            "logging_freq": window,
            "validation_freq": window * 1000,
        },
        "model": {
            "tied_embeddings": True,
            "encoder": {
                "type": "recurrent",
                "rnn_type": "gru",
                "embeddings": embeddings,
                "hidden_size": sizes["encoder"],
                "bidirectional": True,
                "num_layers": 1,
                "dropout": 0.1,
            },
            "decoder": {
                "type": "recurrent",
                "rnn_type": "gru",
                "embeddings": embeddings,
                "hidden_size": sizes["decoder"],
                "attention": "bahdanau",
                "num_layers": 1,
                "dropout": 0.1,
                "hidden_dropout": 0.1,
            },
        },
    }
