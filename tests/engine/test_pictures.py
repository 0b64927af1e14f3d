"""A vision Transformer reads a picture square by square."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from engine import foreign, store
from engine.errors import Refused
from engine.models.transformer.edits import Edits, Mute
from engine.models.transformer.pictures import opened_safely
from engine.transformer import Request, Transformer
from tests.engine.test_transformer import Named
from tests.engine.tiny_transformers import tiny


def file(width: int = 40, height: int = 30, kind: str = "PNG") -> bytes:
    table = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(table).save(content, kind)
    return content.getvalue()


def processor() -> ViTImageProcessorPil:
    return ViTImageProcessorPil(size={"height": 16, "width": 16})


@pytest.fixture
def model() -> Transformer:
    return Transformer(Named("vit"), tiny("vit"), processor())


def test_every_square_of_a_picture_stands_on_the_axis(model: Transformer) -> None:
    looked = model.look(Request("", image=file()))
    (one,) = looked.overviews
    assert looked.picture is not None and looked.picture.grid == (4, 4)
    assert len(one.keys) == 17 and one.keys.labels[:2] == ("[CLS]", "1·1") and one.keys.labels[-1] == "4·4"
    assert one.keys.special == (True, *[False] * 16)
    assert (one.layers, one.heads) == (3, 4)
    assert model.head(looked, "encoder", 2, 1).weights.shape == (1, 1, 17, 17)
    assert sum(share for _, share in looked.output.labels) == pytest.approx(1)


def test_what_is_shown_is_what_the_model_saw(model: Transformer) -> None:
    picture = model.look(Request("", image=file(16, 16))).picture
    assert picture is not None
    np.testing.assert_array_equal(picture.shown, np.asarray(opened_safely(file(16, 16))))
    with torch.no_grad():
        expected = tiny("vit")(**processor()(opened_safely(file(16, 16)), return_tensors="pt")).logits
    labels = model.look(Request("", image=file(16, 16))).output.labels
    np.testing.assert_allclose([share for _, share in labels], expected[0].softmax(-1), atol=1e-5)


def test_edits_and_gradients_reach_pictures_too(model: Transformer) -> None:
    looked = model.look(Request("", image=file()))
    changed = model.look(Request("", image=file(), edits=Edits((Mute("encoder", 1),))))
    assert changed.output.labels != looked.output.labels
    trace = model.reading(looked, "gradient", "encoder")
    assert trace.weights.shape == (1, 1, 17, 17)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_usual_kinds_of_pictures_are_read(model: Transformer, kind: str) -> None:
    assert model.look(Request("", image=file(kind=kind))).output.labels


NO_PICTURES = [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", file()[:60], b"%PDF-1.4", b"x" * 1000, file(kind="BMP")]


@pytest.mark.parametrize("content", NO_PICTURES)
def test_what_is_no_picture_is_refused(model: Transformer, content: bytes) -> None:
    with pytest.raises(Refused, match="no picture"):
        model.look(Request("", image=content))


@pytest.mark.parametrize(("side", "said"), [(8_000, "8000 × 8000"), (20_000, "far more points")])
def test_a_picture_of_too_many_points_is_refused_before_it_is_unpacked(
    model: Transformer, side: int, said: str
) -> None:
    content = io.BytesIO()
    Image.new("1", (side, side)).save(content, "PNG")
    with pytest.raises(Refused, match=said):
        model.look(Request("", image=content.getvalue()))


def test_no_picture_is_asked_for(model: Transformer) -> None:
    with pytest.raises(Refused, match="Choose a picture"):
        model.look(Request(""))


def stored(place: Path) -> Path:
    tiny("vit").save_pretrained(place)
    processor().save_pretrained(place)
    return place


def test_a_folder_with_a_vision_model_is_opened(tmp_path: Path) -> None:
    model = store.transformer(str(stored(tmp_path / "one")), "cpu", folders=True)
    assert model.sees
    assert model.look(Request("", image=file())).picture


def test_a_folder_that_asks_for_giant_pictures_is_refused(tmp_path: Path) -> None:
    place = stored(tmp_path / "one")
    path = place / "preprocessor_config.json"
    path.write_text(path.read_text().replace('"height": 16', '"height": 160000'))
    with pytest.raises(Refused, match="asks for pictures"):
        foreign.load("one", place, torch.device("cpu"))
