"""A vision Transformer small enough to make anew for every test run, in a folder as others would keep theirs."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import torch
import transformers as hf
from PIL import Image
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

SIDE, PATCH, CLASSES = 28, 4, 7
GRID = SIDE // PATCH


def make(folder: Path, *, classifier: bool = True, side: int = SIDE) -> None:
    """Random weights, large enough that heads differ from each other and from looking evenly."""
    torch.manual_seed(2)
    names = {k: f"class {k}" for k in range(CLASSES)}
    config = hf.ViTConfig(
        image_size=side,
        patch_size=PATCH,
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=48,
        id2label=names,
    )
    made = hf.ViTForImageClassification(config) if classifier else hf.ViTModel(config, add_pooling_layer=False)
    with torch.no_grad():
        for weights in made.parameters():
            if weights.ndim > 1:
                weights.mul_(6)
    made.save_pretrained(folder)
    ViTImageProcessorPil(size={"height": side, "width": side}).save_pretrained(folder)


def picture(width: int = 40, height: int = 30, kind: str = "PNG") -> bytes:
    """A file of one picture of many colours."""
    table = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(table).save(content, kind)
    return content.getvalue()
