"""Pairs keep together: halves of a file, or a photo and its edges."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from tests.training.datasets import write_folders
from training.data.layouts import domain_of
from training.data.store import open_photos
from training.data.table import Division
from training.data.views import edges
from training.domains import EDGES

SIZE = (16, 16)


@pytest.fixture
def halves(tmp_path: Path) -> Path:
    """Files whose left half is dark and right half bright, each of its own shade."""
    for division, count in (("train", 12), ("val", 3)):
        (tmp_path / division).mkdir()
        for number in range(count):
            pair = Image.new("RGB", (40, 20), (number, number, number))
            pair.paste((200 + number,) * 3, (20, 0, 40, 20))
            pair.save(tmp_path / division / f"{number}_AB.png")
    return tmp_path


def test_the_left_half_is_the_first_folder_and_its_truth_the_right(halves: Path, tmp_path: Path) -> None:
    photos = open_photos(halves, EDGES, "test", SIZE, tmp_path / "cache")
    assert len(photos) == 6
    assert photos.pairs is not None
    assert photos.pairs.tolist() == [1, 0, 3, 2, 5, 4]
    assert photos.attributes.tolist() == [[1, 0], [0, 1]] * 3
    shades = (photos.images(torch.arange(6)).mean((1, 2, 3)) + 1) * 127.5
    assert shades.round().tolist() == [0, 200, 1, 201, 2, 202]


def test_the_truth_is_the_side_that_is_asked_for(halves: Path, tmp_path: Path) -> None:
    photos = open_photos(halves, EDGES, "test", SIZE, tmp_path / "cache")
    indices = torch.tensor([0, 3, 4])
    target = torch.tensor([[0.0, 1], [1, 0], [1, 0]])
    truth = photos.truth(indices, target)
    assert truth is not None
    assert torch.equal(truth, photos.images(torch.tensor([1, 2, 4])))


def test_validation_is_a_share_of_train_by_whole_files(halves: Path, tmp_path: Path) -> None:
    divisions: tuple[Division, ...] = ("train", "val")
    train, val = (open_photos(halves, EDGES, division, SIZE, tmp_path / "cache") for division in divisions)
    assert len(train) + len(val) == 24
    assert len(val) >= 2
    assert len(val) % 2 == 0


def test_a_domain_of_ones_own_names_the_halves(halves: Path) -> None:
    domain = domain_of(halves, "maps")
    assert (domain.attributes, domain.kind) == (("Left", "Right"), "paired")


def test_photos_alone_are_paired_with_their_edges(tmp_path: Path) -> None:
    root = write_folders(tmp_path / "data", {".": 20}, (64, 48))
    photos = open_photos(root, EDGES, "train", (24, 32), tmp_path / "cache")
    drawn, real = photos.images(torch.tensor([0, 1]))
    assert (drawn[0] == drawn[1]).all()
    assert drawn.mean() > 0.3
    assert real.mean() < 0.3


@pytest.mark.parametrize("scale", [1, 4])
def test_edges_are_thin_dark_lines_on_white(scale: int) -> None:
    photo = Image.new("RGB", (200 * scale, 160 * scale), "white")
    ImageDraw.Draw(photo).rectangle((50 * scale, 40 * scale, 150 * scale, 120 * scale), fill=(180, 60, 60))
    drawn, seen = edges(photo)
    assert drawn.size == seen.size
    assert min(seen.size) <= 256
    ink = np.asarray(drawn)[:, :, 0] == 0
    factor = min(seen.size) / 160
    assert ink.sum() == pytest.approx(2 * (100 + 80) * factor, rel=0.1)
    assert not ink[: int(30 * factor)].any()


def test_a_photo_without_edges_gives_white() -> None:
    drawn, _ = edges(Image.new("RGB", (64, 64), (90, 120, 30)))
    assert np.asarray(drawn).min() == 255
