"""Loss terms on cases worked by hand."""

import math

import pytest
import torch

from training import losses

LOGITS = torch.tensor([[0.0, 2.0], [-1.0, 1.0]]).reshape(2, 1, 1, 2)


def log_sigmoid(value: float) -> float:
    return -math.log1p(math.exp(-value))


def test_log_probabilities_average_over_patches() -> None:
    expected = [(log_sigmoid(0) + log_sigmoid(2)) / 2, (log_sigmoid(-1) + log_sigmoid(1)) / 2]
    assert losses.log_real(LOGITS).tolist() == pytest.approx(expected)
    assert losses.log_fake(-LOGITS).tolist() == pytest.approx(expected)


def test_log_probabilities_survive_extreme_logits() -> None:
    extreme = torch.tensor([-200.0, 200.0]).reshape(2, 1, 1, 1)
    assert losses.log_real(extreme).tolist() == pytest.approx([-200, 0])
    assert losses.log_fake(extreme).tolist() == pytest.approx([0, -200])


def test_minimax_and_non_saturating_forms() -> None:
    assert torch.equal(losses.generator_adversarial(LOGITS, saturating=True), losses.log_fake(LOGITS))
    assert torch.equal(losses.generator_adversarial(LOGITS, saturating=False), -losses.log_real(LOGITS))


def test_weights_multiply_before_the_mean() -> None:
    assert losses.weighted(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 4.0])).item() == (2 + 12) / 2


def test_classification_sums_attributes_and_averages_the_batch() -> None:
    logits, wanted = torch.tensor([[0.0, 3.0], [0.0, -3.0]]), torch.tensor([[1.0, 1.0], [0.0, 1.0]])
    expected = -(log_sigmoid(0) + log_sigmoid(3) + log_sigmoid(0) + log_sigmoid(-3)) / 2
    assert losses.classification(logits, wanted).item() == pytest.approx(expected)


def test_squared_difference() -> None:
    assert losses.squared_difference(torch.zeros(2, 3, 1, 1), torch.full((2, 3, 1, 1), -2.0)).item() == 4
