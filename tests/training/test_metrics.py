"""Metrics against hand-worked cases, and what is said where a metric cannot be taken."""

import hashlib
import math
from pathlib import Path
from typing import Any

import pytest
import scipy.linalg
import torch
import torchvision
from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3
from torchmetrics.image.fid import NoTrainInceptionV3

from training import metrics
from training.metrics import (
    FaceIdentity,
    MetricUnavailable,
    Perceptual,
    classifier_distance,
    compare,
    frechet_distance,
    inception_distance,
    mean_interval,
)
from training.networks.classifier import AttributeClassifier


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty torch hub cache."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def test_frechet_distance_of_two_normal_lines() -> None:
    # Means 1 and 4, unbiased variances 8 and 18: (1 - 4)² + (√8 - √18)² = 9 + 2.
    real, fake = torch.tensor([[-1.0], [3.0]]), torch.tensor([[1.0], [7.0]])
    assert frechet_distance(real, fake) == pytest.approx(11)
    assert frechet_distance(real, real) == pytest.approx(0, abs=1e-6)


def test_frechet_distance_by_matrix_square_root() -> None:
    random = torch.Generator().manual_seed(0)
    real = torch.randn(60, 5, generator=random)
    fake = torch.randn(40, 5, generator=random) @ torch.randn(5, 5, generator=random) + 1
    sigma, other = (torch.cov(each.T.double()).numpy() for each in (real, fake))
    root = scipy.linalg.sqrtm(sigma @ other).real
    expected = (real.mean(0) - fake.mean(0)).square().sum().item() + (sigma + other - 2 * root).trace()
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-5)


def test_classifier_distance_streams_its_penultimate_features() -> None:
    torch.manual_seed(0)
    network = AttributeClassifier(3, width=4).eval()
    real, fake = torch.rand(2, 12, 3, 32, 32) * 2 - 1
    distance = classifier_distance(network)
    for part in real.split(5):
        distance.update(part, real=True)
    for part in fake.split(7):
        distance.update(part, real=False)
    with torch.no_grad():
        features = network.features(real), network.features(fake)
        torch.testing.assert_close(network.head(features[0]), network(real))
    assert features[0].shape == (12, 32)
    assert distance.key == "frechet_resnet18"
    assert distance.compute() == pytest.approx(frechet_distance(*features), rel=1e-4)


def test_fid_is_absent_without_its_weights_and_never_downloaded(hub: Path, tmp_path: Path) -> None:
    with pytest.raises(MetricUnavailable, match=r"FID needs the weights weights-inception-2015.*checkpoints"):
        inception_distance()
    with pytest.raises(MetricUnavailable, match=r"here\.pth is missing"):
        inception_distance(tmp_path / "here.pth")


def test_fid_takes_its_weights_from_the_cache(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({}, hub / "empty.pth")
    with monkeypatch.context() as patch, torch.device("meta"):
        patch.setattr(NoTrainInceptionV3, "load_state_dict", lambda self, state: None)
        state = NoTrainInceptionV3("inception-v3-compat", ["2048"], str(hub / "empty.pth")).state_dict()
    stored = {name: torch.tensor(0.01).to(value.dtype).expand(value.shape) for name, value in state.items()}
    weights = hub / Path(URL_INCEPTION_V3).name
    torch.save(stored, weights)
    monkeypatch.setattr(metrics, "INCEPTION_DIGEST", hashlib.sha256(weights.read_bytes()).hexdigest())
    distance = inception_distance()
    images = torch.tensor([[-1.0], [1.5]])[:, :, None, None].expand(2, 3, 32, 32)
    distance.update(images[:1], real=True)
    distance.update(images[1:], real=False)
    dark, bright = (
        getattr(distance._metric, f"{side}_features_sum") / getattr(distance._metric, f"{side}_features_num_samples")
        for side in ("real", "fake")
    )
    assert distance.key == "fid"
    assert dark.shape == (2048,)
    assert (bright > dark).all(), "what overshoots white stays white, and is not black"


def test_fid_runs_nothing_that_a_weights_file_holds(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "ran",)

    torch.save(Evil(), tmp_path / "weights.pth")
    with pytest.raises(MetricUnavailable, match=r"not the weights that FID is defined by.*not with 6726825d"):
        inception_distance(tmp_path / "weights.pth")
    assert not (tmp_path / "ran").exists()


def test_lpips_is_absent_without_alexnet(hub: Path) -> None:
    with pytest.raises(MetricUnavailable, match=r"LPIPS needs the weights alexnet-owt.*checkpoints"):
        Perceptual()


def test_lpips_grows_with_the_difference(hub: Path) -> None:
    torch.manual_seed(0)
    state = torchvision.models.alexnet().state_dict()
    small = {
        name: value[:1, :1] if "classifier" in name and value.ndim == 2 else value for name, value in state.items()
    }
    stored = {name: small[name].clone().expand(state[name].shape) for name in state}  # 10 MB, not 240
    torch.save(stored, hub / Path(torchvision.models.AlexNet_Weights.DEFAULT.url).name)
    images, noise = torch.rand(3, 3, 48, 32) - 0.5, torch.randn(3, 3, 48, 32)
    noise[0] = 0
    perceptual = Perceptual()
    near, far = perceptual.distance(images, images + 0.05 * noise), perceptual.distance(images, images + 0.4 * noise)
    assert near.shape == (3,)
    assert near[0] == far[0] == 0
    assert (far[1:] > near[1:]).all()


def test_compare_by_hand() -> None:
    truth = torch.zeros(2, 3, 16, 16)
    truth[:, :, ::2] = 0.5
    images = truth.clone()
    images[1] += 0.2  # a tenth of the range: 25.5 grey levels, 20 dB
    scores = compare(images, truth)
    torch.testing.assert_close(scores["l1"], torch.tensor([0.0, 25.5]))
    torch.testing.assert_close(scores["psnr"], torch.tensor([metrics.MOST_PSNR, 20.0]))
    assert scores["ssim"][0] == pytest.approx(1)
    # Equal contrast and structure leave the luminance term; near the middle the means are 0.625 and 0.725.
    assert scores["ssim"][1] == pytest.approx((2 * 0.625 * 0.725) / (0.625**2 + 0.725**2), abs=2e-3)
    assert {key: value.shape for key, value in compare(images[:1], truth[:1]).items()} == dict.fromkeys(scores, (1,))


def test_compare_takes_what_overshoots_as_clamped() -> None:
    white = torch.ones(1, 3, 16, 16)
    assert compare(white * 1.5, white)["l1"].item() == 0


def test_identity_is_absent_without_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "find_spec", lambda name: None)
    with pytest.raises(MetricUnavailable, match="install --group identity"):
        FaceIdentity()


def test_identity_distance_is_of_looks_not_of_the_crop() -> None:
    torch.manual_seed(0)
    identity = FaceIdentity()
    images = torch.nn.functional.interpolate(torch.rand(2, 3, 6, 5), (44, 36), mode="bicubic").clamp(0, 1) * 2 - 1
    edited = torch.stack([images[0], -images[1]])
    same, changed = identity.distance(images, edited).tolist()
    assert same == 0
    assert changed > 0.1
    assert identity.embed(images).shape == (2, 128)


def test_interval_over_seeds() -> None:
    # Mean 2, standard error 1 / √3, and 4.302653 is Student's 97.5 % quantile at 2 degrees of freedom.
    low, high = mean_interval([1.0, 2.0, 3.0])
    assert (low, high) == pytest.approx((2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)))
    assert mean_interval([0.5, 0.5]) == (0.5, 0.5)
    with pytest.raises(ValueError, match="train another seed"):
        mean_interval([1.0])
