"""Scores of a release on reference photos, as an evaluation job takes them. Importing this takes seconds.

What is scored is what would serve: the runtime that this machine chooses, INT8 where that is right.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from service.engine.runtimes import Runtime
from training.data.part import Part
from training.data.store import open_photos
from training.domains import Domain
from training.evaluate import edits, evaluate
from training.instruments import Instruments
from training.jackknife import FEWEST, KeptDistance, jackknife
from training.networks.classifier import AttributeClassifier
from training.release import Release, load_translator

BATCH = 16  # images at a time, so that an evaluation that is cancelled ends soon

Told = Callable[[int, int], None]
"""Is told how many edits are made, of how many; what it raises ends the evaluation."""


@dataclass(frozen=True)
class Scored:
    """What was found.

    Attributes:
        metrics: name to value, low and high: accuracy, preservation (of domains of labels), frechet_resnet18.
        reference: fingerprint of the photos, of their labels and of the judge: only scores of one compare.
        photos: how many there were.
        runtime: what ran the release.
    """

    metrics: dict[str, dict[str, float]]
    reference: str
    photos: int
    runtime: str


def score_release(runtime: Runtime, judge: Release, root: Path, cache: Path, most: int, tell: Told) -> Scored:
    """Scores a release on the test division of the photos in `root`.

    Args:
        runtime: runs the release.
        judge: the release whose classifier judges; its attributes are the same.
        root: photos in a layout that training knows.
        cache: where decoded photos are kept.
        most: photos that are used, from first to last.
        tell: see `Told`.

    Raises:
        ValueError: the photos cannot be used, or are too few.
    """
    domain = runtime.release.domain
    photos = Part(open_photos(root, domain, "test", runtime.release.size, cache), most)
    if len(photos) < FEWEST:
        raise ValueError(f"The reference has {len(photos)} test photos; give it at least {FEWEST}.")
    classifier = load_translator(judge, "cpu").classifier
    distances: list[KeptDistance] = []

    def distance() -> KeptDistance:
        distances.append(KeptDistance(classifier, len(photos)))
        return distances[-1]

    translate = _Counted(runtime, _count(photos, domain), tell)
    scores = evaluate(translate, classifier, photos, domain, Instruments([distance]), BATCH)
    reference = hashlib.sha256(f"{photos.fingerprint} {_digest(classifier)}".encode()).hexdigest()
    return Scored(_metrics(scores, distances), reference, len(photos), runtime.name)


class _Counted:
    """A release as `evaluate` wants it, that tells how many edits it has made."""

    def __init__(self, runtime: Runtime, total: int, tell: Told) -> None:
        self._runtime, self._total, self._tell, self._done = runtime, total, tell, 0

    def __call__(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        self._tell(self._done, self._total)
        edited = self._runtime.translate(images, source, target)
        self._done += len(images)
        if self._done == self._total:
            self._tell(self._done, self._total)
        return edited.clone()  # of inference mode, and others' arithmetic is to go on with it


def _count(photos: Part, domain: Domain) -> int:
    return sum(len(edit.indices) for edit in edits(photos, domain))


def _digest(classifier: AttributeClassifier) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(classifier.state_dict().items()):
        digest.update(name.encode() + tensor.float().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _metrics(scores: dict[str, Any], distances: list[KeptDistance]) -> dict[str, dict[str, float]]:
    mean, intervals = scores["mean"], scores["intervals"]["mean"]
    found = {name: (mean[name], *intervals[name]) for name in ("accuracy", "preservation") if name in mean}
    left_out = torch.tensor([each.left_out() for each in distances]).mean(0)  # as `evaluate`: the mean over folders
    key = KeptDistance.key
    found[key] = (mean[key], *jackknife(mean[key], left_out.tolist()))
    return {name: dict(zip(("value", "low", "high"), values, strict=True)) for name, values in found.items()}
