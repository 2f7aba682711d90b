"""How sure a mean over attributes is: 95 % intervals by bootstrap over images that were not all edited in every way."""

import torch
from torch import Tensor

Interval = tuple[float, float]


class Bootstrap:
    """The same resamples of N images for every score, so that scores of one run can be compared.

    Args:
        count: N.
        seed: of the resamples.
        draws: how many resamples.
    """

    def __init__(self, count: int, seed: int, draws: int = 1000) -> None:
        random = torch.Generator().manual_seed(seed)
        chosen = torch.randint(count, (draws, count), generator=random)
        self._times = torch.zeros(draws, count).scatter_add_(1, chosen, torch.ones(draws, count))

    def interval(self, values: Tensor) -> Interval:
        """Of the mean over k columns of each column's mean over images, for `values` (N, k); NaN is not counted."""
        there = (~values.isnan()).float()
        means = (self._times @ values.nan_to_num()) / (self._times @ there)
        low, high = torch.nanquantile(means.nanmean(1), torch.tensor([0.025, 0.975])).tolist()
        return round(low, 6), round(high, 6)


def mean(values: Tensor) -> float:
    """The mean over k columns of each column's mean over images, for `values` (N, k); NaN is not counted."""
    return values.nanmean(0).nanmean().item()
