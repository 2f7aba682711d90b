"""Scores on a case worked by hand: images whose first row spells out the attributes."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from training.data.store import DecodedPhotos
from training.data.table import Table
from training.domains import FACES
from training.evaluate import evaluate_edits, format_scores

NAMES = FACES.attributes


class Reader(nn.Module):
    """Reads attribute i from pixel i of the first row: positive is set."""

    def forward(self, images: Tensor) -> Tensor:
        return images[:, 0, 0, :10]


def written(attributes: Tensor) -> DecodedPhotos:
    """Photos that show exactly their attributes."""
    pixels = np.zeros((len(attributes), 3, 16, 16), np.uint8)
    pixels[:, :, 0, :10] = (attributes.numpy() * 255).astype(np.uint8)[:, None]
    return DecodedPhotos(Table((), attributes.numpy(), None), pixels, "")


def paint(images: Tensor, target: Tensor) -> Tensor:
    painted = images.clone()
    painted[:, :, 0, :10] = 2 * target[:, None] - 1
    return painted


PHOTOS = written(torch.tensor([[1, 0, 0, 0, 1, 0, 1, 0, 0, 1], [0, 1, 0, 1, 0, 1, 0, 0, 1, 0]], dtype=torch.float32))


def test_a_perfect_edit_scores_one() -> None:
    scores = evaluate_edits(lambda images, _source, target: paint(images, target), Reader(), PHOTOS, FACES, batch=1)
    assert scores["photos"] == 2
    for row in scores["attributes"].values():
        assert (row["accuracy"], row["preservation"], row["ceiling"]) == (1, 1, 1)
    assert scores["table_1"]["Hair Color"] == 1


def test_no_edit_scores_what_was_there() -> None:
    scores = evaluate_edits(lambda images, _source, _target: images, Reader(), PHOTOS, FACES)
    # A hair colour is set, whatever the photo has: half of these have black hair. The rest is toggled.
    assert {name: row["accuracy"] for name, row in scores["attributes"].items()} == {
        **dict.fromkeys(NAMES, 0.0), "Black_Hair": 0.5, "Blond_Hair": 0.5
    }  # fmt: skip
    for row in scores["attributes"].values():
        assert row["accuracy"] == row["unedited"]
        assert (row["preservation"], row["difference"]) == (1, 0)
    assert scores["table_1"]["Hair Color"] == pytest.approx(1 / 3)


def test_an_edit_that_spills_over_loses_preservation() -> None:
    def spill(images: Tensor, _source: Tensor, target: Tensor) -> Tensor:
        changed = target.clone()
        changed[:, NAMES.index("Young")] = 1 - images[:, 0, 0, 9].gt(0).float()
        return paint(images, changed)

    scores = evaluate_edits(spill, Reader(), PHOTOS, FACES)
    assert scores["attributes"]["Smiling"]["preservation"] == pytest.approx(8 / 9)
    assert scores["attributes"]["Black_Hair"]["preservation"] == pytest.approx(6 / 7)  # the other colours do not count
    assert scores["attributes"]["Young"]["preservation"] == 1


def test_difference_is_in_grey_levels() -> None:
    scores = evaluate_edits(lambda images, _source, _target: images - 2 / 255, Reader(), PHOTOS, FACES)
    assert scores["mean"]["difference"] == pytest.approx(1.0, rel=1e-4)


def test_the_table_shows_every_row() -> None:
    scores = evaluate_edits(lambda images, _source, target: paint(images, target), Reader(), PHOTOS, FACES)
    lines = format_scores(scores).splitlines()
    assert [line.split()[0] for line in lines[1:]] == [*NAMES, "mean"]
