"""Faces are found in any photo, the largest first, with their landmarks in order."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.faces import CenterFaceFinder, Face
from service.faces.networks import WEIGHTS
from tests.service.portraits import canvas, sample

CELEBA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "faces"


@pytest.fixture(scope="module")
def finder() -> CenterFaceFinder:
    """A finder of two streams."""
    return CenterFaceFinder(streams=2)


def area(face: Face) -> float:
    """Of its box."""
    left, top, right, bottom = face.box
    return (right - left) * (bottom - top)


def middle(face: Face) -> tuple[float, float]:
    """Of its landmarks."""
    x, y = np.mean(face.landmarks, axis=0)
    return float(x), float(y)


def is_in_order(face: Face) -> bool:
    """Whether the landmarks of an upright face are where their order says."""
    eye, other_eye, nose, mouth, other_mouth = face.landmarks
    across = eye[0] < nose[0] < other_eye[0] and mouth[0] < other_mouth[0]
    return across and max(eye[1], other_eye[1]) < nose[1] < min(mouth[1], other_mouth[1])


@pytest.mark.parametrize("name", ["collins", "hopper"])
def test_a_portrait_has_one_face_with_its_landmarks_in_order(finder: CenterFaceFinder, name: str) -> None:
    photo = sample(name)
    (face,) = finder.find(photo)
    assert is_in_order(face)
    assert 0.5 <= face.score <= 1
    left, top, right, bottom = face.box
    assert 0 <= left < middle(face)[0] < right <= photo.width
    assert 0 <= top < middle(face)[1] < bottom <= photo.height


def test_several_faces_come_largest_first(finder: CenterFaceFinder) -> None:
    photo = canvas(
        (1200, 800), ("hopper", 150, (50, 100), 0), ("collins", 420, (600, 120), 0), ("hopper", 90, (300, 500), 0)
    )
    faces = finder.find(photo)
    assert len(faces) == 3
    assert [area(face) for face in faces] == sorted(map(area, faces), reverse=True)
    assert middle(faces[0])[0] > 600
    assert middle(faces[2])[1] > 500
    assert all(map(is_in_order, faces))


@pytest.mark.parametrize("degrees", [-30, -15, 15, 30])
def test_a_tilted_face_is_found_where_it_is(finder: CenterFaceFinder, degrees: float) -> None:
    (upright,) = finder.find(canvas((900, 900), ("collins", 400, (220, 180), 0)))
    photo = canvas((900, 900), ("collins", 400, (220, 180), 0)).rotate(degrees, Image.Resampling.BICUBIC)
    (tilted,) = finder.find(photo)
    angle = np.deg2rad(-degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    expected = (np.array(upright.landmarks) - 450) @ turn.T + 450
    between_eyes = np.linalg.norm(expected[0] - expected[1])
    assert np.linalg.norm(np.array(tilted.landmarks) - expected, axis=1).max() < 0.12 * between_eyes


def test_twelve_megapixels_and_a_face_that_fills_the_photo(finder: CenterFaceFinder) -> None:
    (far,) = finder.find(canvas((4000, 3000), ("hopper", 260, (2600, 1500), 10)))
    assert 2600 < middle(far)[0] < 2960
    photo = sample("collins")
    (face,) = finder.find(photo)
    close = photo.crop(tuple(map(round, face.box))).resize((3000, 4000), Image.Resampling.BICUBIC)  # type: ignore[arg-type]
    (near,) = finder.find(close)
    assert is_in_order(near)
    assert area(near) > 0.4 * 3000 * 4000


NO_FACES = {
    "one pixel": Image.new("RGB", (1, 1), "white"),
    "very wide": Image.new("RGB", (10_000, 300), "gray"),
    "a line": Image.new("RGB", (1, 10_000), "gray"),
    "white": Image.new("RGB", (640, 480), "white"),
    "noise": Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)),
}


@pytest.mark.parametrize("case", NO_FACES)
def test_where_no_face_is_none_is_found(finder: CenterFaceFinder, case: str) -> None:
    assert finder.find(NO_FACES[case]) == []


def test_a_face_in_a_very_wide_photo_and_one_without_colour_are_found(finder: CenterFaceFinder) -> None:
    (face,) = finder.find(canvas((10_000, 300), ("collins", 240, (7000, 2), 0)))
    assert 7000 < middle(face)[0] < 7240
    assert len(finder.find(sample("hopper").convert("L").convert("RGB"))) == 1


def test_the_same_photo_gives_the_same_faces_whatever_else_is_searched(finder: CenterFaceFinder) -> None:
    photos = [
        canvas(
            (700 + 40 * number, 600), ("collins", 200 + 10 * number, (60, 90), number), ("hopper", 200, (420, 120), 0)
        )
        for number in range(6)
    ]
    alone = [finder.find(photo) for photo in photos]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(finder.find, photos * 3))
    assert together == alone * 3
    assert CenterFaceFinder(streams=1).find(photos[0]) == alone[0]


@pytest.mark.parametrize("name", ["centerface.onnx", "onet.onnx"])
def test_a_network_is_the_one_that_its_readme_names(name: str) -> None:
    digest = hashlib.sha256((WEIGHTS / name).read_bytes()).hexdigest()
    (row,) = (line for line in (WEIGHTS / "README.md").read_text().splitlines() if line.startswith(f"| `{name}`"))
    assert f"`{digest}`" in row


@pytest.mark.skipif(not CELEBA.is_dir(), reason="../shared/data/faces, CelebA's photos, is not here")
def test_faces_of_aligned_photos_are_found_near_the_frames_landmarks(finder: CenterFaceFinder) -> None:
    from service.faces.frame import LANDMARKS

    names = sorted(path.name for path in (CELEBA / "img_align_celeba").iterdir())[::290]
    found = [finder.find(Image.open(CELEBA / "img_align_celeba" / name).convert("RGB")) for name in names]
    assert all(found)
    mean = np.mean([faces[0].landmarks for faces in found], axis=0)
    assert np.abs(mean - LANDMARKS).max() < 2
