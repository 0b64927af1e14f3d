"""A vision Transformer reads a picture square by square."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers as hf
from PIL import Image
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

from engine.capture.edits import Edits, Mute
from engine.capture.pictures import opened_safely
from engine.capture.squares import NEIGHBOURS, Squares
from engine.errors import Refused
from engine.inference import load
from engine.inference.transformer import Request, Transformer
from engine.store import hugging_face
from engine.store.catalogue import foreign_sees
from tests import tiny_seeing
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
    np.testing.assert_array_equal(picture.shown, np.asarray(opened_safely(file(16, 16))[0]))
    with torch.no_grad():
        expected = tiny("vit")(**processor()(opened_safely(file(16, 16))[0], return_tensors="pt")).logits
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
    with pytest.raises(Refused, match="cannot be read"):
        model.look(Request("", image=content))


@pytest.mark.parametrize(("side", "said"), [(8_000, "8000 × 8000"), (20_000, "far more pixels")])
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
    model = load.transformer(str(stored(tmp_path / "one")), "cpu", folders=True)
    assert model.sees
    assert model.look(Request("", image=file())).picture


def test_a_folder_that_asks_for_giant_pictures_is_refused(tmp_path: Path) -> None:
    place = stored(tmp_path / "one")
    path = place / "preprocessor_config.json"
    path.write_text(path.read_text().replace('"height": 16', '"height": 160000'))
    with pytest.raises(Refused, match="asks for pictures"):
        hugging_face.load("one", place, torch.device("cpu"))


def written(image: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **more)
    return content.getvalue()


def read(content: bytes) -> np.ndarray:
    return np.asarray(opened_safely(content)[0])


def test_a_photograph_taken_sideways_stands_upright() -> None:
    image = Image.new("RGB", (40, 20), "red")
    exif = image.getexif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise
    assert read(written(image, "JPEG", exif=exif)).shape == (40, 20, 3)


def test_what_is_see_through_stands_on_white() -> None:
    clear = Image.new("RGBA", (4, 4), (10, 20, 30, 0))
    assert (read(written(clear)) == 255).all()
    palette = Image.new("P", (4, 4), 0)
    assert (read(written(palette, transparency=0)) == 255).all()


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("L", "PNG"), ("1", "PNG"), ("P", "PNG"), ("LA", "PNG")])
def test_colours_of_other_kinds_become_red_green_and_blue(mode: str, kind: str) -> None:
    white = read(written(Image.new("RGB", (8, 8), "white").convert(mode), kind))
    assert white.shape == (8, 8, 3) and (white > 250).all()


def test_grey_of_sixteen_bits_keeps_its_steps() -> None:
    table = np.linspace(0, 65_535, 64).astype(np.uint16).reshape(8, 8)
    found = read(written(Image.fromarray(table)))[:, :, 0].ravel()
    np.testing.assert_allclose(found, np.linspace(0, 255, 64), atol=1)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_a_picture_that_moves_the_first_frame_is_read_and_the_others_are_counted(kind: str, model: Transformer):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "green")]
    content = written(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    image, count = opened_safely(content)
    assert count == 3 and np.asarray(image)[0, 0, 0] > 200
    seen = model.look(Request("", image=content)).picture
    assert seen is not None and seen.frames == 3 and seen.size == (8, 8)


def test_a_single_point_is_a_picture(model: Transformer) -> None:
    assert model.look(Request("", image=written(Image.new("RGB", (1, 1), "red")))).output.labels


@pytest.mark.parametrize("size", [(1, 400), (9000, 3)])
def test_a_thin_line_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(Refused, match="too thin"):
        opened_safely(written(Image.new("RGB", size)))


@pytest.mark.parametrize("cut", [30, 200, 400, 600])
def test_a_picture_that_ends_too_early_is_refused(cut: int) -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        content = file(kind=kind)
        with pytest.raises(Refused, match="cannot be read"):
            opened_safely(content[: min(cut, len(content) - 20)])


def test_damaged_pictures_are_read_or_refused_in_a_sentence() -> None:
    chance = np.random.default_rng(5)
    for kind in ("PNG", "JPEG", "WEBP"):
        whole = np.frombuffer(file(kind=kind), np.uint8)
        for _ in range(100):
            damaged = whole.copy()
            damaged[chance.integers(0, len(whole), 5)] = chance.integers(0, 256, 5)
            with suppress(Refused):
                assert opened_safely(damaged.tobytes())[0].mode == "RGB"


@pytest.mark.parametrize("size", [8, 32])
def test_a_processor_that_makes_another_size_than_the_model_takes_is_refused(size: int) -> None:
    with pytest.raises(Refused, match="one of the two is wrong"):
        Transformer(Named("vit"), tiny("vit"), ViTImageProcessorPil(size={"height": size, "width": size}))


GRID = (3, 4)
SQUARES = Squares(GRID, 1)


def looking(down: int, across: int) -> torch.Tensor:
    """A head whose squares all look so far away, as long as that is in the picture, and else at the mark."""
    rows, columns = GRID
    weights = torch.zeros(1, 13, 13)
    for row in range(rows):
        for column in range(columns):
            to = (row + down, column + across)
            inside = 0 <= to[0] < rows and 0 <= to[1] < columns
            weights[0, 1 + row * columns + column, 1 + to[0] * columns + to[1] if inside else 0] = 1
    weights[0, 0, 0] = 1
    return weights


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_head_that_looks_at_a_neighbour_is_known_by_it(name: str) -> None:
    weights = looking(*NEIGHBOURS[name])
    shares = SQUARES.shares(weights, kind="encoder")
    assert {other: round(float(share), 6) for other, share in shares.items() if other != "marks"} == {
        other: float(other == name) for other in NEIGHBOURS
    }
    assert float(shares["marks"]) == pytest.approx(float(weights[0, :, 0].mean()))
    assert float(SQUARES.distance(weights)) == float(name != "itself")


def test_distance_is_measured_in_the_plane() -> None:
    assert float(SQUARES.distance(looking(1, 2))) == pytest.approx(5**0.5)
    assert float(SQUARES.distance(torch.eye(13)[None] * 0 + 1 / 13)) == pytest.approx(
        np.mean([np.hypot(a - c, b - d) for a in range(3) for b in range(4) for c in range(3) for d in range(4)])
    )
    everything_at_the_mark = torch.zeros(1, 13, 13)
    everything_at_the_mark[..., 0] = 1
    assert float(SQUARES.distance(everything_at_the_mark)) == 0


def test_a_line_of_squares_has_no_neighbours_above(model: Transformer) -> None:
    shares = Squares((1, 4), 1).shares(torch.full((2, 5, 5), 0.2), kind="encoder")
    assert set(shares) == {"left", "right", "itself", "marks"}


def test_where_one_square_looks_is_its_row_in_every_head(model: Transformer) -> None:
    looked = model.look(Request("", image=file()))
    found = model.looks(looked, "encoder", 6)
    assert found.shape == (3, 4, 17)
    for layer in range(3):
        for head in range(4):
            np.testing.assert_allclose(
                found[layer, head], model.head(looked, "encoder", layer, head).weights[0, 0, 6], atol=1e-6
            )
    with pytest.raises(Refused, match="no position 18"):
        model.looks(looked, "encoder", 17)


def test_a_model_without_a_head_needs_no_pooling_layer_and_gives_no_answer(tmp_path: Path) -> None:
    tiny_seeing.make(tmp_path / "bare", classifier=False)
    model = load.transformer(str(tmp_path / "bare"), "cpu", folders=True)
    looked = model.look(Request("", image=file()))
    assert not looked.output.labels and not looked.output.tokens
    assert looked.overviews[0].heads == 4


def test_a_distilled_model_answers_and_has_two_marks_before_the_squares(tmp_path: Path) -> None:
    torch.manual_seed(0)
    sizes = {"image_size": 16, "patch_size": 4, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    hf.DeiTForImageClassificationWithTeacher(hf.DeiTConfig(**sizes, intermediate_size=32)).save_pretrained(tmp_path)
    processor().save_pretrained(tmp_path)
    model = load.transformer(str(tmp_path), "cpu", folders=True)
    looked = model.look(Request("", image=file()))
    assert looked.output.labels and looked.picture is not None and looked.picture.marks == 2
    assert looked.overviews[0].keys.labels[:3] == ("[CLS]", "[DIST]", "1·1")


def test_a_folder_says_that_its_model_sees_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIGNSCOPE_MODELS", str(tmp_path))
    for name, said in {
        "sees": '{"model_type": "vit"}',
        "reads": '{"model_type": "bert"}',
        "odd": "[",
        "list": "[]",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(said)
    names = ("sees", "reads", "odd", "list", "absent", "../sees")
    assert [name for name in names if foreign_sees(f"folder:{name}")] == ["sees"]
    assert not foreign_sees("hf:org/sees")
    monkeypatch.delenv("ALIGNSCOPE_MODELS")
    assert not foreign_sees("folder:sees")


@pytest.mark.parametrize(("size", "patch", "grid"), [(16, [4, 4], (4, 4)), ([16, 8], [8, 4], (2, 2))])
def test_sides_may_be_given_one_by_one(size: object, patch: object, grid: tuple[int, int]) -> None:
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 32}
    network = hf.ViTForImageClassification(hf.ViTConfig(image_size=size, patch_size=patch, **sizes))
    high, wide = (16, 16) if size == 16 else (16, 8)
    model = Transformer(Named("vit"), network, ViTImageProcessorPil(size={"height": high, "width": wide}))
    looked = model.look(Request("", image=file()))
    assert looked.picture is not None and looked.picture.grid == grid


def test_a_model_of_very_many_squares_is_refused_before_it_reads_any() -> None:
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    network = hf.ViTForImageClassification(hf.ViTConfig(image_size=96, patch_size=2, **sizes))
    with pytest.raises(Refused, match="2304 patches"):
        Transformer(Named("vit"), network, ViTImageProcessorPil(size={"height": 96, "width": 96}))
