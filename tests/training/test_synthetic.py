"""The synthetic domain: deterministic scenes, and truths that differ from their images only where an edit reaches."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from training.data.synthetic import COUNTS, FREQUENCIES, Scenes, open_synthetic, render
from training.domains import SYNTHETIC, single_edit

SIZE = (32, 32)
COLUMN = {name: index for index, name in enumerate(SYNTHETIC.attributes)}


@pytest.fixture(scope="module")
def scenes() -> Scenes:
    return open_synthetic("train", SIZE)


def edited(attributes: Tensor, name: str) -> Tensor:
    """`attributes` (B, 8) with the attribute edited as in a row of Table 1."""
    rows = [single_edit(SYNTHETIC, row, name) for row in attributes.bool().tolist()]
    return torch.tensor(rows).float()


def as_bare(attributes: Tensor) -> Tensor:
    """The same shapes in the same colours, small, plain and by day."""
    bare = attributes.clone()
    for name in ("Large", "Striped", "Outlined", "Night"):
        bare[:, COLUMN[name]] = 0
    return bare


def test_images_are_the_same_every_time_whatever_the_batch(scenes: Scenes) -> None:
    again = open_synthetic("train", SIZE)
    assert again.fingerprint == scenes.fingerprint
    chosen = torch.tensor([7, 3, 250])
    assert torch.equal(again.images(chosen), scenes.images(chosen))
    torch.testing.assert_close(scenes.images(chosen)[1], scenes.images(torch.arange(8))[3])


def test_images_are_in_range_and_fill_it(scenes: Scenes) -> None:
    images = scenes.images(torch.arange(64))
    assert images.shape == (64, 3, *SIZE)
    assert images.dtype == torch.float32
    assert images.min() < -0.7
    assert images.max() > 0.7
    assert images.abs().max() <= 1


def test_truth_of_its_own_attributes_is_the_image(scenes: Scenes) -> None:
    chosen = torch.arange(16)
    assert torch.equal(scenes.truth(chosen, scenes.attributes[chosen]), scenes.images(chosen))


def test_sizes_of_divisions_and_their_scenes_differ() -> None:
    divisions = {name: open_synthetic(name, SIZE) for name in COUNTS}
    assert {name: len(scenes) for name, scenes in divisions.items()} == {"train": 4000, "val": 500, "test": 500}
    assert len({scenes.fingerprint for scenes in divisions.values()}) == 3
    tested, seen = (divisions[name].images(torch.arange(100)).flatten(1) for name in ("test", "train"))
    assert torch.cdist(tested, seen).min() > 1
    assert open_synthetic("val", SIZE, count=3).images(torch.arange(3)).shape[0] == 3
    assert open_synthetic("val", (32, 48)).fingerprint != divisions["val"].fingerprint


def test_frequencies_are_near_the_stated_ones_and_shapes_exclude_each_other(scenes: Scenes) -> None:
    assert (scenes.attributes[:, :3].sum(1) == 1).all()
    assert set(scenes.attributes.unique().tolist()) == {0, 1}
    shares = dict(zip(SYNTHETIC.attributes, scenes.attributes.mean(0).tolist(), strict=True))
    assert shares == pytest.approx(FREQUENCIES, abs=0.025)


@pytest.mark.parametrize("name", SYNTHETIC.attributes)
def test_every_edit_can_be_seen_in_every_scene(scenes: Scenes, name: str) -> None:
    chosen = torch.arange(200)
    source = scenes.attributes[chosen]
    chosen = chosen[(edited(source, name) != source).any(1)]
    change = scenes.truth(chosen, edited(scenes.attributes[chosen], name)) - scenes.images(chosen)
    clearly = (change.abs().amax(1) > 0.2).sum((1, 2))
    assert clearly.min() >= 5, "pixels that change by a tenth of the range"


@pytest.mark.parametrize("name", [name for name in SYNTHETIC.attributes if name != "Night"])
def test_edits_of_the_shape_leave_the_background_alone(scenes: Scenes, name: str) -> None:
    chosen = torch.arange(200)
    source = scenes.attributes[chosen]
    change = (scenes.truth(chosen, edited(source, name)) - scenes.images(chosen)).abs().amax(1)
    assert (change > 0).float().mean((1, 2)).max() < 0.5


@pytest.mark.parametrize("size", [(128, 128), (192, 128)])
def test_the_largest_shape_touches_the_border_at_its_farthest_and_no_more(
    scenes: Scenes, size: tuple[int, int]
) -> None:
    largest = torch.zeros(4, 8)
    largest[:, [COLUMN[name] for name in ("Triangle", "Large", "Outlined")]] = 1
    towards = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    pointing = torch.tensor([1.0, 0.0, -0.5, 0.5]) * math.pi
    drawn = replace(scenes._nuisances.take(torch.arange(4)), angle=pointing, corner=torch.ones(4, 2))
    areas = {}
    for position in (0, 1, 1.1):
        pushed = replace(drawn, position=towards * position)
        by_night = (render(pushed, largest, size) - render(pushed, edited(largest, "Night"), size))[:, 0]
        areas[position] = (1 - by_night / by_night.amax((1, 2), keepdim=True)).sum((1, 2))
    torch.testing.assert_close(areas[0], areas[1], rtol=0.003, atol=0)
    short = areas[1.1] / areas[0] if size[0] == size[1] else areas[1.1][:2] / areas[0][:2]
    assert (short < 1).all()


def test_the_disc_in_the_corner_is_kept_by_every_edit(scenes: Scenes) -> None:
    chosen = torch.arange(200)
    source = scenes.attributes[chosen]
    for name in SYNTHETIC.attributes:
        change = (scenes.truth(chosen, edited(source, name)) - scenes.images(chosen)).abs().amax(1)
        corners = torch.stack([change[:, y, x] for y in (2, 29) for x in (2, 29)], 1)
        assert corners.amin(1).max() == 0, name


def test_night_leaves_the_inside_of_the_shape_alone(scenes: Scenes) -> None:
    chosen = torch.arange(100)
    day = scenes.attributes[chosen].clone()
    day[:, COLUMN["Night"]] = 0
    recoloured = day.clone()
    recoloured[:, COLUMN["Red"]] = 1 - day[:, COLUMN["Red"]]
    day[:, [COLUMN["Striped"], COLUMN["Outlined"]]] = recoloured[:, [COLUMN["Striped"], COLUMN["Outlined"]]] = 0
    images = scenes.truth(chosen, day)
    by_night = scenes.truth(chosen, edited(day, "Night"))
    recolouring = (scenes.truth(chosen, recoloured) - images).abs().amax(1)
    kept = ((by_night - images).abs().amax(1) == 0) & (recolouring > 0)
    assert kept.sum((1, 2)).min() > 20, "pixels of the shape's inside"
    outside = recolouring == 0
    darker = (by_night - images).mean(1)[outside]
    assert darker.max() <= 0
    assert darker.mean() < -0.7


def test_large_grows_the_shape_about_its_centre(scenes: Scenes) -> None:
    small = as_bare(scenes.attributes[:50])
    centres, areas = [], []
    for name in ("small", "large"):
        target = small if name == "small" else edited(small, "Large")
        other = edited(target, "Red")
        mask = (scenes.truth(torch.arange(50), target) - scenes.truth(torch.arange(50), other)).abs().amax(1)
        mask = (mask / mask.amax((1, 2), keepdim=True)).clamp(0, 1)
        pixel = torch.arange(32.0)
        areas.append(mask.sum((1, 2)))
        centres.append(torch.stack([(mask * pixel).sum((1, 2)), (mask.mT * pixel).sum((1, 2))], 1) / areas[-1][:, None])
    assert (areas[1] / areas[0]).mean() == pytest.approx((0.60 / 0.36) ** 2, rel=0.1)
    torch.testing.assert_close(centres[0], centres[1], atol=0.35, rtol=0)


@pytest.mark.parametrize("size", [(16, 16), (48, 32), (32, 80)])
def test_any_size_shows_the_same_scene(scenes: Scenes, size: tuple[int, int]) -> None:
    images = open_synthetic("train", size).images(torch.arange(32))
    assert images.shape == (32, 3, *size)
    if size[0] == size[1]:
        reduced = torch.nn.functional.interpolate(scenes.images(torch.arange(32)), size, mode="area")
        assert (images - reduced).abs().mean() < 0.06


def test_a_scene_without_one_shape_or_too_small_is_refused(scenes: Scenes) -> None:
    two = scenes.attributes[:1].clone()
    two[0, :3] = torch.tensor([1.0, 1.0, 0.0])
    with pytest.raises(ValueError, match="exactly one shape"):
        scenes.truth(torch.arange(1), two)
    with pytest.raises(ValueError, match="at least 16x16"):
        render(scenes._nuisances.take(torch.arange(1)), scenes.attributes[:1], (15, 40))
