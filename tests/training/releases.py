"""A small random release, for tests that need one but not a good one."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.methods import METHODS
from training.networks.classifier import AttributeClassifier
from training.presets import PRESETS
from training.release import Release, ReleaseConfig, write_release

SCORE = {"accuracy": 0.5, "unedited": 0.1, "preservation": 0.9, "ceiling": 0.8, "difference": 3.0}
METRICS: dict[str, Any] = {
    "photos": 4,
    "division": "test",
    "classifier_width": 8,
    "mean": SCORE,
    "attributes": dict.fromkeys(PRESETS["debug/init"].domain.attributes, SCORE),
}


def make_release(
    path: Path, seed: int = 0, size: tuple[int, int] = (32, 24), preset: str = "debug/init"
) -> tuple[Release, nn.Module, AttributeClassifier]:
    """Writes a release of random weights to `path`; returns it with the networks that it was made of."""
    torch.manual_seed(seed)
    config = PRESETS[preset]
    generator = METHODS[config.method].build_generator(config.domain, config.options).eval().requires_grad_(False)
    for parameter in generator.parameters():
        if not parameter.any():  # INIT's last layer starts at zero: no edit
            nn.init.normal_(parameter, std=0.08)
    classifier = AttributeClassifier(len(config.domain.attributes), 8).eval().requires_grad_(False)
    described = ReleaseConfig(
        domain=config.domain,
        size=size,
        method=config.method,
        options=config.options,
        classifier_width=8,
        step=0,
        data="0" * 64,
    )
    made = write_release(path, described, generator, classifier, METRICS, "# A random release\n")
    return made, generator, classifier
