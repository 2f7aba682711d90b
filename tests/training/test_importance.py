"""AIW has the properties that the paper's equations imply (Eq. 5-8)."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from training.importance import (
    Weighting,
    content_gap,
    distance_matrix,
    effective_sample_size,
    importance_weights,
    scale_factor,
    statistics,
)

RADII = st.floats(0.1, 8.0)
BATCHES = st.integers(2, 12)


def on_sphere(batch: int, radius: float, seed: int) -> Tensor:
    points = torch.randn(batch, 16, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return radius * torch.nn.functional.normalize(points, dim=1)


def optimum(batch: int, radius: float) -> Tensor:
    """E at the optimum: no distance from the own source, the sphere's diameter from all others."""
    return 2 * radius * (1 - torch.eye(batch, dtype=torch.float64))


@given(BATCHES, RADII)
def test_scale_is_one_at_the_optimum(batch: int, radius: float) -> None:
    assert scale_factor(content_gap(optimum(batch, radius)), radius).item() == pytest.approx(1.0)


@given(BATCHES, RADII)
def test_scale_of_indistinguishable_embeddings(batch: int, radius: float) -> None:
    same = on_sphere(1, radius, 0).expand(batch, -1)
    scale = scale_factor(content_gap(distance_matrix(same, same)), radius)
    assert scale.item() == pytest.approx((1 + 2 * radius) ** 2)


@given(BATCHES, RADII, st.integers(0, 1000))
def test_scale_stays_within_its_bounds(batch: int, radius: float, seed: int) -> None:
    distances = distance_matrix(on_sphere(batch, radius, seed), on_sphere(batch, radius, seed + 1))
    assert 0 <= distances.min() <= distances.max() <= 2 * radius + 1e-9
    assert 1 <= scale_factor(content_gap(distances), radius).item() <= (1 + 4 * radius) ** 2


def test_content_gap_on_a_hand_worked_case() -> None:
    distances = torch.tensor([[0.5, 1.0], [2.0, 0.1]])
    assert content_gap(distances).item() == pytest.approx((1.0 + 2.0) / 2 - (0.5 + 0.1) / 2)
    # The literal Eq. 6: the sum of all entries less twice the trace.
    assert content_gap(distances, "sum").item() == pytest.approx(3.6 - 2 * 0.6)


def test_distance_matrix_has_sources_as_rows_and_fakes_as_columns() -> None:
    source, target = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    expected = torch.tensor([[0.0, 2.0], [math.sqrt(2), math.sqrt(2)]])
    assert torch.allclose(distance_matrix(source, target), expected)


def test_one_image_has_no_others() -> None:
    with pytest.raises(ValueError, match="raise the batch size"):
        content_gap(torch.zeros(1, 1))


@given(st.lists(st.integers(-32, 32), min_size=2, max_size=8, unique=True), st.booleans())
def test_a_harder_fake_weighs_more(eighths: list[int], normalise: bool) -> None:
    batch, logits = len(eighths), torch.tensor(eighths, dtype=torch.float64) / 8
    maps = logits[:, None, None, None].expand(-1, 1, 3, 2)
    weights, _ = importance_weights(
        on_sphere(batch, 1, 0), on_sphere(batch, 1, 1), maps, Weighting(normalise=normalise)
    )
    assert torch.equal(weights.argsort(), logits.argsort())
    assert (weights > 0).all()


def test_weight_is_scale_times_exp_of_the_mean_patch() -> None:
    maps = torch.tensor([[0.0, 2.0], [-1.0, -3.0]]).reshape(2, 1, 1, 2)
    source, target = on_sphere(2, 1, 3), on_sphere(2, 1, 4)
    weights, scale = importance_weights(source, target, maps, Weighting())
    expected = scale_factor(content_gap(distance_matrix(source, target)), 1.0)
    assert scale.item() == pytest.approx(expected.item())
    assert weights.tolist() == pytest.approx([expected.item() * math.exp(1.0), expected.item() * math.exp(-2.0)])


def test_no_gradient_flows_through_a_weight() -> None:
    inputs = [on_sphere(4, 1, seed).requires_grad_() for seed in (0, 1)]
    logits = torch.zeros(4, 1, 2, 2, requires_grad=True)
    weights, scale = importance_weights(inputs[0], inputs[1], logits, Weighting())
    assert not weights.requires_grad
    assert not scale.requires_grad


@given(st.permutations(range(6)))
def test_permuting_the_batch_permutes_the_weights(order: list[int]) -> None:
    source, target = on_sphere(6, 1, 0), on_sphere(6, 1, 1)
    logits = torch.randn(6, 1, 2, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    weights, _ = importance_weights(source, target, logits, Weighting())
    permuted, _ = importance_weights(source[order], target[order], logits[order], Weighting())
    assert torch.allclose(permuted, weights[order])


def test_normalised_weights_average_one_and_the_cap_holds() -> None:
    logits = torch.tensor([0.0, 0.0, 0.0, 5.0])[:, None, None, None]
    source, target = on_sphere(4, 1, 0), on_sphere(4, 1, 1)
    normalised, _ = importance_weights(source, target, logits, Weighting(normalise=True))
    assert normalised.mean().item() == pytest.approx(1.0)
    capped, _ = importance_weights(source, target, logits, Weighting(normalise=True, cap=2.0))
    assert capped.max().item() == 2.0


def test_effective_sample_size_counts_samples_that_matter() -> None:
    assert effective_sample_size(torch.ones(5)).item() == pytest.approx(5)
    assert effective_sample_size(torch.tensor([1.0, 0.0, 0.0])).item() == pytest.approx(1)
    logged = statistics(torch.tensor([1.0, 3.0]), torch.tensor(4.0))
    assert logged["aiw/mean"] == 2
    assert logged["aiw/max"] == 3
    assert logged["aiw/scale"] == 4
