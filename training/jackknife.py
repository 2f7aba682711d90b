"""How sure a Fréchet distance is: its interval by a jackknife over groups of photos.

A bootstrap will not do: a resample repeats images, which makes the distance greater than it is. Leaving out one group
after another repeats none, and all the sets left are of one size, so that they are biased alike.
"""

import math
from collections.abc import Sequence

import scipy.stats
import torch
from torch import Tensor

from .intervals import Interval
from .metrics import frechet_distance
from .networks.classifier import AttributeClassifier

GROUPS = 10
FEWEST = 2 * GROUPS
"""Images on either side of a distance, below which no interval is worth the name."""


class KeptDistance:
    """`metrics.classifier_distance` with all features kept, so that groups of photos can be left out.

    Args:
        classifier: whose features before the head are compared.
        period: photos come in this order again and again, so that a photo is in one group however often it is edited.
    """

    key = "frechet_resnet18"

    def __init__(self, classifier: AttributeClassifier, period: int) -> None:
        self._classifier, self._period = classifier, period
        self._features: dict[bool, list[Tensor]] = {True: [], False: []}

    @torch.no_grad()
    def update(self, images: Tensor, real: bool) -> None:
        """Adds images (B, 3, H, W) in [-1, 1] to the real ones or to the translations."""
        self._features[real].append(self._classifier.features(images))

    def compute(self) -> float:
        """The distance; there must be at least two images on either side."""
        return frechet_distance(torch.cat(self._features[True]), torch.cat(self._features[False]))

    def left_out(self) -> list[float]:
        """The distance without each group, (GROUPS,). Raises ValueError where there are too few images."""
        real, fake = (torch.cat(self._features[side]) for side in (True, False))
        if (fewest := min(len(real), len(fake))) < FEWEST:
            raise ValueError(
                f"There are {fewest} photos to compare, too few to say how sure a distance is; "
                f"give the reference at least {FEWEST}, in every folder where it has folders."
            )
        groups = [torch.arange(len(side)) % self._period % GROUPS for side in (real, fake)]
        return [frechet_distance(real[groups[0] != group], fake[groups[1] != group]) for group in range(GROUPS)]


def jackknife(value: float, left_out: Sequence[float], level: float = 0.95) -> Interval:
    """The interval around a distance, from 0 up, by what it is without each group."""
    count = len(left_out)
    mean = sum(left_out) / count
    error = math.sqrt((count - 1) / count * sum((each - mean) ** 2 for each in left_out))
    half = float(scipy.stats.t.ppf(0.5 + level / 2, count - 1)) * error
    return round(max(0.0, value - half), 6), round(value + half, 6)
