"""A tiny release of random networks: enough for all of the service but the beauty of its edits."""

from pathlib import Path

import torch

from training.domains import FACES, Domain
from training.methods.init import Init, InitConfig
from training.networks.classifier import AttributeClassifier
from training.registry import Registry
from training.release import Release, ReleaseConfig, write_release


def tiny_release(
    root: Path,
    name: str = "tiny",
    seed: int = 0,
    promote: bool = True,
    fill: float | None = None,
    domain: Domain = FACES,
) -> Release:
    """A release of small random networks whose edits can be seen, in the registry at `root`; `fill` spoils it."""
    torch.manual_seed(seed)
    options = InitConfig(generator="residual", generator_width=8, generator_blocks=1)
    config = ReleaseConfig(
        domain=domain, size=(44, 36), method="init", options=options, classifier_width=8, step=0,
        data="none: random networks for tests",
    )  # fmt: skip
    generator = Init.build_generator(domain, options)
    classifier = AttributeClassifier(len(domain.attributes), config.classifier_width)
    if fill is not None:
        torch.nn.init.constant_(next(generator.parameters()), fill)
    path = root / domain.name / name
    path.mkdir(parents=True)
    release = write_release(path, config, generator, classifier, {}, "# A tiny release for tests\n")
    if promote:
        Registry(root).promote(domain.name, name)
    return release
