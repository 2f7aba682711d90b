"""Whether a preset's networks take pictures of its size: asked before anything is trained for them."""

import torch

from .methods import METHODS
from .presets import TrainConfig

LEAST = 16  # pixels of a side: of less, nothing is left for discriminators and classifiers to see


def check_size(config: TrainConfig) -> None:
    """Raises ValueError where the generator of `config` cannot work at its size."""
    height, width = config.size
    with torch.device("meta"):  # nothing is allocated, and no randomness used
        generator = METHODS[config.method].build_generator(config.domain, config.options)
    multiple = int(generator.multiple)  # type: ignore[arg-type]  # a number of every generator
    if min(config.size) < LEAST or height % multiple or width % multiple:
        near = [max(-(-LEAST // multiple), round(side / multiple)) * multiple for side in config.size]
        raise ValueError(
            f"size: height and width must be multiples of {multiple}, by which this generator divides them, {LEAST} "
            f"or more: [{near[0]}, {near[1]}] in place of [{height}, {width}]."
        )
