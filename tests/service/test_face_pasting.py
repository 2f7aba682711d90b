"""A face is framed as CelebA's are, and an edit of it comes back into the photo without a trace around it."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from service.faces import Aligned, CenterFaceFinder, Face, align, paste
from service.faces.frame import LANDMARKS, apply, invert
from tests.service.portraits import canvas, sample
from training.images import resize

SIZES = [(88, 72), (128, 128), (218, 178)]


@pytest.fixture(scope="module")
def finder() -> CenterFaceFinder:
    """A finder of one stream."""
    return CenterFaceFinder(streams=1)


def face_at(scale: float, x: float, y: float, degrees: float = 0.0) -> Face:
    """CelebA's mean face, `scale` times as large, turned about its frame's corner, which lies at (x, y)."""
    angle = np.deg2rad(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = np.array(LANDMARKS) @ turn.T + (x, y)
    low, high = points.min(0), points.max(0)
    return Face((low[0], low[1], high[0], high[1]), tuple((float(a), float(b)) for a, b in points), 1.0)


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """A photo of which no two places look the same."""
    coarse = np.random.default_rng(seed).integers(30, 226, (max(2, height // 16), max(2, width // 16), 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def pixels(image: Image.Image | NDArray[np.uint8]) -> NDArray[np.int16]:
    """As numbers that can be subtracted."""
    return np.asarray(image).astype(np.int16)


def lighter(aligned: Aligned, level: float) -> NDArray[np.float32]:
    """The view, lighter by `level` of 255."""
    return aligned.view.numpy() + np.float32(level)


def with_patch(aligned: Aligned, level: float) -> NDArray[np.float32]:
    """The view, its middle third lighter by `level` of 255."""
    after = lighter(aligned, 0)
    height, width, _ = after.shape
    after[height // 3 : -(height // 3), width // 3 : -(width // 3)] += level
    return after


@pytest.mark.parametrize("size", SIZES)
def test_a_face_framed_as_celebas_is_seen_as_training_saw_it(size: tuple[int, int]) -> None:
    framed = noise(178, 218)
    photo = Image.new("RGB", (600, 500))
    photo.paste(framed, (211, 97))
    view = align(photo, face_at(1, 211, 97), size).view
    assert view.shape == (*size, 3)
    inside = np.abs(pixels(view.numpy()) - pixels(resize(framed, size)))[2:-2, 2:-2]
    assert inside.mean() < 1.3
    assert inside.max() < 15


@pytest.mark.parametrize("scale", [0.3, 1.7, 12.0])
def test_a_face_of_any_size_and_tilt_looks_the_same(finder: CenterFaceFinder, scale: float) -> None:
    face, turned = sample("collins"), 20.0
    (found,) = finder.find(face)
    size = round(face.width * scale), round(face.height * scale)
    tilted = face.resize(size, Image.Resampling.LANCZOS).rotate(-turned, Image.Resampling.BICUBIC, expand=True)
    angle = np.deg2rad(turned)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre, there = np.array(face.size) / 2, np.array(tilted.size) / 2
    points = (np.array(found.landmarks) - centre) * scale @ turn.T + there
    moved = Face(found.box, tuple((float(x), float(y)) for x, y in points), 1.0)
    straight, again = align(face, found, (88, 72)).view, align(tilted, moved, (88, 72)).view
    assert np.abs(pixels(straight.numpy()) - pixels(again.numpy()))[20:-10, 15:-15].mean() < 3.8


def test_a_large_face_is_seen_without_aliasing() -> None:
    stripes = np.zeros((2600, 2200, 3), np.uint8)
    stripes[:, ::2] = 255
    view = align(Image.fromarray(stripes), face_at(11.3, 60, 70), (88, 72)).view
    assert view.float().std() < 2.5


def test_what_lies_beyond_the_photo_is_its_last_pixels() -> None:
    view = align(Image.new("RGB", (90, 100), (200, 40, 90)), face_at(1, -50, -60), (88, 72)).view
    assert (view == torch.tensor([200, 40, 90])).all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("scale", "degrees"), [(0.25, 25), (1.0, 0), (3.3, -18)])
def test_no_change_leaves_the_photo_as_it_is(size: tuple[int, int], scale: float, degrees: float) -> None:
    photo = noise(900, 800)
    aligned = align(photo, face_at(scale, 180, 150, degrees), size)
    assert paste(photo, aligned, aligned.view.numpy(), aligned.view.numpy()).tobytes() == photo.tobytes()


@pytest.mark.parametrize(("scale", "degrees"), [(0.25, 25), (1.0, 0), (3.3, -18)])
def test_pixels_outside_the_frame_stay_and_the_change_lands_where_it_was_made(scale: float, degrees: float) -> None:
    photo = noise(900, 800)
    aligned = align(photo, face_at(scale, 180, 150, degrees), (88, 72))
    edited = paste(photo, aligned, aligned.view.numpy(), with_patch(aligned, 20))
    difference = np.abs(pixels(edited) - pixels(photo)).max(-1)
    y, x = np.mgrid[0.5:800, 0.5:900]
    inside = apply(invert(aligned.to_photo), np.stack([x, y], -1)) / (72, 88)
    outside = (inside < 0).any(-1) | (inside > 1).any(-1)
    patch = (np.abs(inside - 0.5) < 0.12).all(-1)
    assert difference[outside].max() == 0
    assert difference[patch].min() >= 19
    assert edited.size == photo.size


def test_the_whole_frames_drift_in_colour_is_taken_back() -> None:
    photo = noise(500, 600)
    aligned = align(photo, face_at(2, 60, 60), (88, 72))
    edited = paste(photo, aligned, aligned.view.numpy(), lighter(aligned, 5))
    assert np.abs(pixels(edited) - pixels(photo)).max() <= 1


@pytest.mark.parametrize("degrees", [0, 23])
def test_a_strong_change_of_the_whole_frame_leaves_no_seam(degrees: float) -> None:
    photo = Image.new("RGB", (1200, 1300), (100, 110, 120))
    aligned = align(photo, face_at(4, 250, 100, degrees), (88, 72))
    edited = pixels(paste(photo, aligned, aligned.view.numpy(), lighter(aligned, 80)))
    steps = max(int(np.abs(np.diff(edited, axis=axis)).max()) for axis in (0, 1))
    assert edited.max() >= 180
    assert steps <= 2  # of 255 between neighbours, where a seam would be 80


def test_a_change_of_one_of_two_neighbours_keeps_off_the_other() -> None:
    photo = noise(700, 500)
    left, right = face_at(1.5, 40, 60), face_at(1.5, 200, 60)
    aligned = align(photo, left, (88, 72), others=[right])
    edited = paste(photo, aligned, aligned.view.numpy(), lighter(aligned, 60))
    difference = np.abs(pixels(edited) - pixels(photo)).max(-1)
    (x, y), (other_x, other_y) = (np.mean(face.landmarks, axis=0).astype(int) for face in (left, right))
    assert difference[y, x] >= 50
    assert difference[other_y, other_x] == 0


def test_two_neighbours_edited_alike_meet_without_a_seam() -> None:
    photo = Image.new("RGB", (700, 500), (90, 90, 90))
    faces = [face_at(1.5, 40, 60), face_at(1.5, 200, 60)]
    edited = photo
    for face, other in (faces, faces[::-1]):
        aligned = align(photo, face, (88, 72), others=[other])
        edited = paste(edited, aligned, aligned.view.numpy(), lighter(aligned, 60))
    values = pixels(edited)
    assert values.max() <= 90 + 61
    assert max(int(np.abs(np.diff(values, axis=axis)).max()) for axis in (0, 1)) <= 5


def test_twelve_megapixels_keep_their_size_and_their_detail(finder: CenterFaceFinder) -> None:
    photo = canvas((4000, 3000), ("collins", 1800, (900, 200), 12))
    (face,) = finder.find(photo)
    aligned = align(photo, face, (88, 72))
    edited = paste(photo, aligned, aligned.view.numpy(), with_patch(aligned, 30))
    assert edited.size == photo.size
    difference = pixels(edited) - pixels(photo)
    assert 28 <= difference.max() <= 40  # cubic enlarging overshoots a little
    assert not difference[:, :300].any()
