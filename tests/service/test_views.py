"""What a model sees of photos of any size, and that what it makes of it gets back without a seam."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from service.engine.views import (
    LONGEST,
    DrawnView,
    FramedView,
    Tiles,
    View,
    WholeView,
    tile,
    view_photo,
    whole_size,
)
from service.settings import ROOT
from tests.service import photos
from training.domains import EDGES, FACES, SEASONS, Domain
from training.images import to_pictures, to_tensors
from training.registry import Registry
from training.release import Translator, load_translator

GARDEN = Domain("garden", ("Roses",))
SIZES = [(64, 64), (300, 64), (64, 300), (1, 1), (10_000, 1), (1, 10_000), (10_000, 300), (640, 427), (37, 41)]


def pixels(photo: Image.Image) -> np.ndarray:
    return np.asarray(photo, np.int16)


@given(
    width=st.integers(1, 10_000),
    height=st.integers(1, 10_000),
    multiple=st.sampled_from([4, 8]),
    size=st.sampled_from([(64, 64), (88, 72), (256, 256)]),
)
def test_a_whole_view_has_the_photo_s_aspect_and_the_model_s_short_side(
    width: int, height: int, multiple: int, size: tuple[int, int]
) -> None:
    rows, columns = whole_size((width, height), size, multiple)
    assert rows % multiple == columns % multiple == 0
    assert min(rows, columns) == min(size)
    if (rows, columns) != size:
        assert rows == columns or (rows < columns) == (width > height)
        aspect = min(max(width / height, height / width), LONGEST)
        assert abs(max(rows, columns) - aspect * min(size)) <= multiple / 2
    else:
        assert abs(width / height - size[1] / size[0]) < 0.1


@pytest.mark.parametrize("domain", [SEASONS, GARDEN, FACES], ids=lambda domain: domain.name)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_what_a_model_leaves_as_it_is_leaves_the_photo_to_the_bit(domain: Domain, size: tuple[int, int]) -> None:
    photo = photos.portrait(size=size)
    view = view_photo(photo, photo.size, domain, (64, 64), 8)
    assert view.seen.shape == (64, 64, 3)
    assert (pixels(view.put_back(photo, view.image.numpy())) == pixels(photo)).all()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_a_change_of_all_reaches_every_border_of_a_whole_photo(size: tuple[int, int]) -> None:
    grey = Image.new("RGB", size, (100, 100, 100))
    view = view_photo(grey, grey.size, SEASONS, (64, 64), 8)
    assert isinstance(view, WholeView)
    for after in (view.image.numpy() + np.uint8(32), view.image.numpy() + np.float32(31.875)):
        edited = pixels(view.put_back(grey, after))
        assert edited.min() == edited.max() == 132


def test_a_photo_of_the_model_s_aspect_is_seen_at_its_size() -> None:
    view = view_photo(photos.portrait(size=(178, 218)), (178, 218), SEASONS, (88, 72), 8)
    assert view.image.shape == (88, 72, 3)
    assert view.seen is view.image


@pytest.mark.parametrize("multiple", [8, 64])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_of_a_pair_the_picture_is_as_large_as_the_photo_and_shows_all_of_it(
    size: tuple[int, int], multiple: int
) -> None:
    photo = photos.portrait(size=size)
    view = view_photo(photo, photo.size, EDGES, (64, 64), multiple)
    assert isinstance(view, DrawnView)
    assert (view.image.shape == (64, 64, 3)) == (multiple == 64 or size == (64, 64) or max(size) == 1)
    assert view.image.shape[0] % multiple == view.image.shape[1] % multiple == 0
    drawn = view.put_back(photo, view.image.numpy())
    assert drawn.size == size
    between = view.image.numpy() - np.float32(0.4)  # as where tiles fade into each other
    assert drawn.tobytes() == view.put_back(photo, between).tobytes()
    if max(size) < 5 * min(size):
        assert np.abs(pixels(drawn) - pixels(photo)).mean() < 16, "the view itself, enlarged"


def test_a_canvas_goes_on_with_the_photo_s_border() -> None:
    photo = Image.new("RGB", (100, 50), "white")
    photo.paste((200, 0, 0), (30, 15, 70, 35))
    view = view_photo(photo, photo.size, EDGES, (64, 64), 64)
    assert isinstance(view, DrawnView)
    assert view.box == (0, 16, 64, 48)
    assert (view.image[:17] == 255).all()
    assert view.image[32, 32, 1] == 0


def test_a_network_of_one_size_sees_the_middle_where_there_is_no_pair() -> None:
    assert isinstance(view_photo(photos.portrait(size=(300, 64)), (300, 64), GARDEN, (64, 64), 64), FramedView)


@given(short=st.integers(1, 12), longer=st.integers(0, 60), most=st.integers(1, 40_000), upright=st.booleans())
def test_tiles_are_alike_and_together_give_the_view(short: int, longer: int, most: int, upright: bool) -> None:
    shape = (8 * (short + longer), 8 * short, 3) if upright else (8 * short, 8 * (short + longer), 3)
    image = torch.randint(0, 256, shape, dtype=torch.uint8)
    tiles = tile(image, 8, most)
    pieces = tiles.cut(image)
    assert all(start % 8 == 0 for start in tiles.starts)
    assert len({piece.shape for piece in pieces}) == 1
    assert tiles.length % 8 == 0
    assert pieces[0][..., 0].numel() <= max(most, (8 * short) ** 2)
    overlap = min(4 * short, tiles.length - 8)
    assert all(later - start <= tiles.length - overlap for start, later in pairwise(tiles.starts))
    assert (tiles.join(pieces) - image).abs().max() < 1e-3


def test_what_fits_is_one_tile_untouched() -> None:
    image = torch.randint(0, 256, (64, 128, 3), dtype=torch.uint8)
    tiles = tile(image, 8, 64 * 128)
    assert tiles.starts == (0,)
    assert tiles.join([image]) is image


@pytest.fixture(scope="module")
def seasons() -> Translator:
    """The shipped release of seasons: its network has instance norms, whose statistics are each tile's own."""
    release = Registry(ROOT / "releases").current("seasons")
    assert release
    return load_translator(release, "cpu")


def changes(translator: Translator, view: View, tiles: Tiles) -> tuple[Tensor, Tensor, Tensor]:
    """What is changed of a view: as a whole, in tiles that fade into each other, in tiles put edge to edge."""
    summer, winter = torch.eye(2).split(1)

    def translated(picture: Tensor) -> Tensor:
        return to_pictures(translator.translate(to_tensors(picture[None]), summer, winter))[0]

    whole, outputs = translated(view.image).float(), [translated(piece) for piece in tiles.cut(view.image)]
    hard = torch.empty_like(whole)
    for start, output in zip(tiles.starts, outputs, strict=True):
        hard[:, start : start + tiles.length] = output
    return whole - view.image, tiles.join(outputs) - view.image, hard - view.image


def seam_energy(change: Tensor, tiles: Tiles) -> float:
    """How much steeper a change is where a tile begins or ends than elsewhere."""
    steps = (change[:, 1:] - change[:, :-1]).abs().mean((0, 2))
    borders = [start - 1 for start in tiles.starts[1:]] + [start + tiles.length - 1 for start in tiles.starts[:-1]]
    return float(steps[borders].mean() / steps.mean())


def test_no_seam_shows_between_tiles(seasons: Translator) -> None:
    with Image.open(ROOT / "service" / "samples" / "collins.jpg") as opened:
        photo = opened.convert("RGB")
    wide = photo.crop((0, 0, photo.width, photo.width // 6))
    view = view_photo(wide, wide.size, SEASONS, (64, 64), 8)
    tiles = tile(view.image, 8, 64 * 192)
    assert len(tiles.starts) > 2
    whole, faded, hard = changes(seasons, view, tiles)
    assert (faded - whole).abs().mean() < 0.25 * whole.abs().mean(), "as if it had not been cut"
    assert seam_energy(hard, tiles) > 2, "edge to edge it shows"
    assert seam_energy(faded, tiles) < 1.1
