"""Intervals of Fréchet distances, by hand and on features that are known."""

import pytest
import torch

from training.data.part import Part
from training.data.synthetic import open_synthetic
from training.jackknife import FEWEST, GROUPS, KeptDistance, jackknife
from training.metrics import classifier_distance
from training.networks.classifier import AttributeClassifier


def test_the_interval_by_hand() -> None:
    # Mean 5.5, squares of the differences sum to 82.5: error √(9/10 · 82.5) = 8.6168; Student's t of 9 is 2.26216.
    low, high = jackknife(20, list(range(1, 11)))
    assert (low, high) == pytest.approx((20 - 19.4926, 20 + 19.4926), abs=1e-3)
    assert jackknife(1, list(range(1, 11)))[0] == 0, "no distance is less"
    assert jackknife(3, [3.0] * GROUPS) == (3, 3)


@pytest.fixture(scope="module")
def kept() -> KeptDistance:
    """A distance of 30 random images to two edits of each."""
    torch.manual_seed(0)
    distance = KeptDistance(AttributeClassifier(3, 8).eval(), 30)
    images = torch.rand(30, 3, 32, 24) * 2 - 1
    for part in images.split(16):
        distance.update(part, real=True)
    for edit in (images * 0.5, images.flip(3)):
        distance.update(edit, real=False)
    return distance


def test_it_is_the_distance_that_evaluations_print(kept: KeptDistance) -> None:
    torch.manual_seed(0)
    plain = classifier_distance(AttributeClassifier(3, 8).eval())
    images = torch.rand(30, 3, 32, 24) * 2 - 1
    plain.update(images, real=True)
    plain.update(torch.cat([images * 0.5, images.flip(3)]), real=False)
    assert kept.key == plain.key
    assert kept.compute() == pytest.approx(plain.compute(), rel=1e-4)


def test_groups_are_left_out_and_the_distance_is_within_its_interval(kept: KeptDistance) -> None:
    left_out = kept.left_out()
    assert len(set(left_out)) == GROUPS
    low, high = jackknife(kept.compute(), left_out)
    assert 0 <= low < kept.compute() < high


def test_too_few_photos_are_refused() -> None:
    distance = KeptDistance(AttributeClassifier(3, 8).eval(), FEWEST - 1)
    for real in (True, False):
        distance.update(torch.rand(FEWEST - 1, 3, 32, 24), real=real)
    with pytest.raises(ValueError, match=f"at least {FEWEST}"):
        distance.left_out()


def test_a_part_is_spread_over_the_whole_and_says_so() -> None:
    whole = open_synthetic("test", (32, 32), 10)
    part, all_of_it = Part(whole, 4), Part(whole, 99)
    rows = torch.tensor([0, 3, 6, 9])
    assert torch.equal(part.attributes, whole.attributes[rows])
    assert torch.equal(part.images(torch.tensor([1, 3])), whole.images(torch.tensor([3, 9])))
    truth = part.truth(torch.tensor([2]), whole.attributes[:1])
    assert truth is not None
    assert torch.equal(truth, whole.truth(torch.tensor([6]), whole.attributes[:1]))
    assert len({part.fingerprint, all_of_it.fingerprint, whole.fingerprint}) == 3
    assert (len(part), len(all_of_it)) == (4, 10)
