"""PSNR and SSIM are those that everybody counts; thresholds refuse what misses them, numbers that are none included."""

import math

import pytest
import torch

from training.domains import EDGES, FACES, SEASONS, Domain
from training.fidelity import Example, Fidelity, Thresholds, draw, golden_inputs, psnr, ssim
from training.metrics import compare

NEAR = {"psnr": 40.0, "least_psnr": 30.0, "ssim": 0.99, "agreement": 1.0, "probability": 0.01}


def test_psnr_and_ssim_are_torchmetrics() -> None:
    random = torch.Generator().manual_seed(1)
    truth = torch.rand(3, 3, 40, 24, generator=random) * 2.2 - 1.1
    images = truth + 0.1 * torch.randn(truth.shape, generator=random)
    expected = compare(images, truth)
    assert torch.allclose(psnr(images, truth), expected["psnr"], atol=1e-3)
    assert torch.allclose(ssim(images, truth), expected["ssim"], atol=1e-4)
    assert psnr(truth, truth).tolist() == [100.0] * 3
    assert ssim(truth, truth).tolist() == pytest.approx([1.0] * 3)


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        ({}, ""),
        ({"psnr": 37.9}, "37.9 dB of PSNR where 38 is the least"),
        ({"ssim": 0.9}, "0.9 of SSIM where 0.98 is the least"),
        ({"agreement": 0.5}, "0.5 of decisions alike"),
        ({"probability": 0.2}, "probabilities 0.2 off where 0.05 is the most"),
        ({"psnr": math.nan}, "nan dB of PSNR"),
        ({"probability": math.nan}, "probabilities nan off"),
    ],
)
def test_what_misses_a_threshold_is_said(change: dict[str, float], missed: str) -> None:
    said = Fidelity(**NEAR | change).misses(Thresholds())
    assert said.startswith(missed)
    assert bool(said) == bool(missed)


@pytest.mark.parametrize("domain", [FACES, SEASONS, EDGES])
def test_golden_inputs_are_photo_like_and_the_same_each_time(domain: Domain) -> None:
    images, source, target = golden_inputs(domain, (48, 40))
    assert images.shape == (2, 3, 48, 40)
    assert source.shape == target.shape == (2, len(domain.attributes))
    assert not (source == target).all(1).any()
    assert torch.equal(images, golden_inputs(domain, (48, 40))[0])
    assert images.abs().max() <= 1
    assert images.std() > 0.2
    # Neighbours are alike, as in photos.
    assert (images[..., 1:] - images[..., :-1]).abs().mean() < images.std()
    assert not torch.equal(draw((48, 40), 0), draw((48, 40), 1))


class Copies:
    """Translates nothing; finds every attribute half likely, the first one `likely`."""

    def __init__(self, likely: float) -> None:
        self.likely = likely

    def predict(self, images: torch.Tensor) -> torch.Tensor:
        return torch.tensor([[self.likely, 0.5]]).expand(len(images), -1)

    def translate(self, images: torch.Tensor, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return images


def test_decisions_are_compared_by_what_the_domain_decides() -> None:
    inputs = golden_inputs(SEASONS, (16, 16))
    example = Example.of(Copies(0.6), *inputs)
    pair = Domain("pair", ("One", "Two"))
    assert example.measure(Copies(0.52), pair).agreement == 1.0
    assert example.measure(Copies(0.48), pair).agreement == 0.5  # of two attributes, one
    assert example.measure(Copies(0.48), SEASONS).agreement == 0.0  # the other season
    assert example.measure(Copies(0.5), pair).probability == pytest.approx(0.05)
