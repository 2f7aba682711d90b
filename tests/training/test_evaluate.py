"""Scores on cases worked by hand: images whose first row spells out the attributes."""

import json
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from training.data.photos import Photos
from training.data.store import DecodedPhotos
from training.data.synthetic import open_synthetic
from training.data.table import Table
from training.domains import EDGES, FACES, SEASONS, SYNTHETIC, Domain
from training.evaluate import edits, evaluate
from training.instruments import Instruments, instruments
from training.metrics import classifier_distance
from training.networks.classifier import AttributeClassifier
from training.scores import format_scores, score_table

NAMES = FACES.attributes


class Reader(AttributeClassifier):
    """Reads attribute i from pixel i of the first row: positive is set."""

    def __init__(self, domain: Domain) -> None:
        super().__init__(len(domain.attributes), 8)
        self.count = len(domain.attributes)

    def features(self, images: Tensor) -> Tensor:
        return torch.nn.functional.pad(images[:, 0, 0, : self.count], (0, self.head.in_features - self.count))

    def forward(self, images: Tensor) -> Tensor:
        return images[:, 0, 0, : self.count]


def written(attributes: Tensor, paired: bool = False) -> DecodedPhotos:
    """Photos that show exactly their attributes; if `paired`, neighbours are each other's counterparts."""
    pixels = np.zeros((len(attributes), 3, 16, 16), np.uint8)
    pixels[:, :, 0, : attributes.shape[1]] = (attributes.numpy() * 255).astype(np.uint8)[:, None]
    return DecodedPhotos(Table((), attributes.numpy(), None, "halves" if paired else "whole"), pixels, "")


def paint(images: Tensor, _source: Tensor, target: Tensor) -> Tensor:
    painted = images.clone()
    painted[:, :, 0, : target.shape[1]] = 2 * target[:, None] - 1
    return painted


def nothing(images: Tensor, _source: Tensor, _target: Tensor) -> Tensor:
    return images


PHOTOS = written(torch.tensor([[1, 0, 0, 0, 1, 0, 1, 0, 0, 1], [0, 1, 0, 1, 0, 1, 0, 0, 1, 0]], dtype=torch.float32))
READER = Reader(FACES)
BARE = Instruments()


def test_a_perfect_edit_scores_one() -> None:
    scores = evaluate(paint, READER, PHOTOS, FACES, BARE, batch=1)
    assert scores["photos"] == 2
    for row in scores["attributes"].values():
        assert (row["accuracy"], row["preservation"], row["ceiling"], row["count"]) == (1, 1, 1, 2)
    assert scores["table_1"]["Hair Color"] == 1


def test_no_edit_scores_what_was_there() -> None:
    scores = evaluate(nothing, READER, PHOTOS, FACES, BARE)
    # A hair colour is set, whatever the photo has: half of these have black hair. The rest is toggled.
    assert {name: row["accuracy"] for name, row in scores["attributes"].items()} == {
        **dict.fromkeys(NAMES, 0.0), "Black_Hair": 0.5, "Blond_Hair": 0.5
    }  # fmt: skip
    for row in scores["attributes"].values():
        assert row["accuracy"] == row["unedited"]
        assert (row["preservation"], row["difference"]) == (1, 0)
    assert scores["table_1"]["Hair Color"] == pytest.approx(1 / 3, abs=1e-6)


def test_an_edit_that_spills_over_loses_preservation() -> None:
    def spill(images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        changed = target.clone()
        changed[:, NAMES.index("Young")] = 1 - images[:, 0, 0, 9].gt(0).float()
        return paint(images, source, changed)

    scores = evaluate(spill, READER, PHOTOS, FACES, BARE)
    rows = scores["attributes"]
    assert rows["Smiling"]["preservation"] == pytest.approx(8 / 9, abs=1e-6)
    assert rows["Black_Hair"]["preservation"] == pytest.approx(6 / 7, abs=1e-6)  # the other colours do not count
    assert rows["Young"]["preservation"] == 1


def test_difference_is_in_grey_levels() -> None:
    scores = evaluate(lambda images, _source, _target: images - 2 / 255, READER, PHOTOS, FACES, BARE)
    assert scores["mean"]["difference"] == pytest.approx(1.0, rel=1e-4)


def random_faces(count: int) -> Tensor:
    return (torch.rand(count, 10, generator=torch.Generator().manual_seed(0)) < 0.5).float()


def test_intervals_hold_the_score_and_are_the_same_again() -> None:
    photos = written(random_faces(40))

    def half(images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        return torch.where(source[:, 3, None, None, None] > 0, paint(images, source, target), images)

    first, second = (evaluate(half, READER, photos, FACES, BARE, batch=batch) for batch in (7, 40))
    assert first == second
    low, high = first["intervals"]["mean"]["accuracy"]
    assert low < first["mean"]["accuracy"] < high
    share = first["attributes"]["Young"]["accuracy"]
    low, high = first["intervals"]["attributes"]["Young"]["accuracy"]
    error = math.sqrt(share * (1 - share) / 40)  # of a share, by the binomial distribution
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.15)
    assert first["intervals"]["attributes"]["Young"]["ceiling"] == (1, 1)
    json.dumps(first, allow_nan=False)


def test_of_folders_only_photos_of_the_other_count() -> None:
    photos = written(torch.eye(2)[[0, 0, 0, 1]])
    scores = evaluate(paint, Reader(SEASONS), photos, SEASONS, BARE)
    assert {name: row["count"] for name, row in scores["attributes"].items()} == {"Summer": 1, "Winter": 3}
    assert [row["accuracy"] for row in scores["attributes"].values()] == [1, 1]
    assert evaluate(nothing, Reader(SEASONS), photos, SEASONS, BARE)["mean"]["accuracy"] == 0
    assert "preservation" not in scores["mean"]
    assert scores["table_1"] == {}


def test_of_folders_each_direction_has_its_distance_to_real_photos() -> None:
    photos = written(torch.eye(2)[[0, 0, 0, 1, 1, 1]])
    reader = Reader(SEASONS)
    measures = Instruments([lambda: classifier_distance(reader)])
    scores = evaluate(paint, reader, photos, SEASONS, measures, batch=4)
    assert [row["frechet_resnet18"] for row in scores["attributes"].values()] == pytest.approx([0, 0], abs=1e-3)
    scores = evaluate(nothing, reader, photos, SEASONS, measures)
    # Each folder is one point; the points are 2 apart along two axes, and nothing has a spread.
    assert [row["frechet_resnet18"] for row in scores["attributes"].values()] == pytest.approx([8, 8], abs=1e-3)
    assert scores["mean"]["frechet_resnet18"] == pytest.approx(8, abs=1e-3)


def test_of_pairs_the_counterpart_is_the_truth() -> None:
    photos = written(torch.eye(2)[[0, 1, 0, 1]], paired=True)
    scores = evaluate(paint, Reader(EDGES), photos, EDGES, BARE)
    assert (scores["mean"]["l1"], scores["mean"]["ssim"]) == (0, 1)
    # 2 pixels of 256 differ by white to black.
    assert scores["mean"]["unedited_l1"] == pytest.approx(255 * 2 / 256, rel=1e-4)
    assert scores["intervals"]["mean"]["l1"] == (0, 0)


class Truth:
    """A generator that knows: it finds each scene again by its picture."""

    def __init__(self, photos: Photos) -> None:
        self.photos = photos
        self.images = photos.images(torch.arange(len(photos)))

    def __call__(self, images: Tensor, _source: Tensor, target: Tensor) -> Tensor:
        indices = torch.cdist(images.flatten(1), self.images.flatten(1)).argmin(1)
        truth = self.photos.truth(indices, target)
        assert truth is not None
        return truth


def test_of_drawn_scenes_the_true_translation_has_no_distance() -> None:
    photos = open_synthetic("test", (24, 24), 30)
    torch.manual_seed(0)
    judge = AttributeClassifier(8, 8).eval()
    measures = Instruments([lambda: classifier_distance(judge)])
    perfect = evaluate(Truth(photos), judge, photos, SYNTHETIC, measures)
    lazy = evaluate(nothing, judge, photos, SYNTHETIC, measures)
    assert perfect["mean"]["l1"] == 0
    assert perfect["mean"]["frechet_resnet18"] == pytest.approx(0, abs=1e-4)
    assert lazy["mean"]["l1"] == lazy["mean"]["unedited_l1"] == perfect["mean"]["unedited_l1"] > 1
    assert lazy["mean"]["frechet_resnet18"] > 10 * perfect["mean"]["frechet_resnet18"]
    assert "frechet_resnet18" not in lazy["attributes"]["Red"]


def test_only_scenes_that_change_count() -> None:
    photos = open_synthetic("test", (24, 24), 30)
    counts = {edit.name: len(edit.indices) for edit in edits(photos, SYNTHETIC)}
    shapes = photos.attributes[:, :3].sum(0).tolist()
    assert [counts[name] for name in ("Circle", "Square", "Triangle")] == [30 - shape for shape in shapes]
    assert counts["Red"] == 30


def test_what_cannot_be_measured_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    measures = instruments(AttributeClassifier(2, 8), SEASONS)
    assert set(measures.absent) == {"fid", "lpips"}
    assert "$TORCH_HOME" in measures.absent["fid"]
    assert str(tmp_path) not in measures.absent["fid"]
    scores = evaluate(paint, Reader(SEASONS), written(torch.eye(2)[[0, 0, 1, 1]]), SEASONS)
    assert scores["absent"] == dict(measures.absent)
    assert "no fid: " in format_scores(scores)


def test_the_table_shows_every_row() -> None:
    scores = evaluate(paint, READER, PHOTOS, FACES, BARE)
    assert [row[0] for row in score_table(scores)[1:]] == [*NAMES, "mean"]
    lines = format_scores(scores).splitlines()
    assert [line.split()[0] for line in lines[1:]] == [*NAMES, "mean"]
