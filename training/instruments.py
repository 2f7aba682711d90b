"""What measures translations on this machine beside the classifier's verdict, and why the rest is absent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from .domains import FACES, Domain
from .metrics import Distance, FaceIdentity, MetricUnavailable, Perceptual, classifier_distance, inception_distance
from .networks.classifier import AttributeClassifier

Compare = Callable[[Tensor, Tensor], Tensor]
"""Two sets of images (B, 3, H, W) in [-1, 1] to a number each, (B,)."""


_IDENTITY = 48  # every so many images: dlib takes a CPU core 0.15 s and more for one


@dataclass(frozen=True)
class Instruments:
    """What measures beside the classifier, and why others are absent.

    Attributes:
        distances: each makes a Fréchet distance, one for every set of images.
        source: name to what compares an edit with the image that it was made of.
        truth: name to what compares an edit with the true translation, where that is known.
        absent: name of a score to a sentence that says why it is not there.
    """

    distances: Sequence[Callable[[], Distance]] = ()
    source: Mapping[str, Compare] = field(default_factory=dict)
    truth: Mapping[str, Compare] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)


def instruments(judge: AttributeClassifier, domain: Domain, weights: Path | None = None) -> Instruments:
    """All that can be measured on this machine; `weights` is the file of Inception's, see `inception_distance`."""
    distances: list[Callable[[], Distance]] = [lambda: classifier_distance(judge)]
    source: dict[str, Compare] = {}
    truth: dict[str, Compare] = {}
    absent: dict[str, str] = {}
    try:
        inception_distance(weights)
        distances.append(lambda: inception_distance(weights))
    except MetricUnavailable as error:
        absent["fid"] = _reason(error)
    try:
        source["lpips_change"] = truth["lpips"] = Perceptual().distance
    except MetricUnavailable as error:
        absent["lpips"] = _reason(error)
    if domain == FACES:
        try:
            source["identity"] = _every(_IDENTITY, FaceIdentity().distance)
        except MetricUnavailable as error:
            absent["identity"] = _reason(error)
    return Instruments(distances, source, truth, absent)


def _every(nth: int, compare: Compare) -> Compare:
    """The same for every nth image of a batch, NaN for the others, for what takes long."""

    def some(images: Tensor, others: Tensor) -> Tensor:
        distances = torch.full((len(images),), torch.nan)
        distances[::nth] = compare(images[::nth], others[::nth])
        return distances

    return some


def _reason(error: MetricUnavailable) -> str:
    """Without this machine's own folders, since it is written into results and model cards."""
    return str(error).replace(torch.hub.get_dir(), "$TORCH_HOME/hub").replace(str(Path.home()), "~")
