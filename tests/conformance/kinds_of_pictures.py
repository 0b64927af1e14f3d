"""One small random model of every kind that reads pictures, with what makes pictures ready for it."""

from __future__ import annotations

from typing import Any

from tests.conformance.kind import BERT, Kind

_CLIP = "clip.image_processing_pil_clip.CLIPImageProcessorPil"
_DINO = "bit.image_processing_pil_bit.BitImageProcessorPil"
_SEES: dict[str, Any] = {k: v for k, v in BERT.items() if k != "max_position_embeddings"} | {
    "image_size": 16,
    "patch_size": 4,
}

PICTURES: dict[str, Kind] = {
    "vit": Kind("ViTConfig", _SEES, ("ViTForImageClassification", "ViTModel")),
    "deit": Kind(
        "DeiTConfig", _SEES, ("DeiTForImageClassification", "DeiTForImageClassificationWithTeacher", "DeiTModel")
    ),
    "beit": Kind(
        "BeitConfig", {**_SEES, "use_relative_position_bias": True}, ("BeitForImageClassification", "BeitModel")
    ),
    "dinov2_with_registers": Kind(
        "Dinov2WithRegistersConfig",
        {**_SEES, "num_register_tokens": 3, "mlp_ratio": 2},
        ("Dinov2WithRegistersForImageClassification", "Dinov2WithRegistersModel"),
        _DINO,
    ),
    "dinov2": Kind("Dinov2Config", {**_SEES, "mlp_ratio": 2}, ("Dinov2ForImageClassification", "Dinov2Model"), _DINO),
    "clip_vision_model": Kind("CLIPVisionConfig", _SEES, ("CLIPVisionModel", "CLIPVisionModelWithProjection"), _CLIP),
}
