"""What was mined: the most and the least informative samples by AIW, hop by hop, kept for people to look at.

Between two sample grids the eight samples of the greatest weight and the eight of the least are remembered; then they
are written to mined/: a picture (a row a sample: the source, the 1-hop fake, then the hops of each longer chain) and a
JSON file: for each row its step and weight, the attributes that the source has, and those that each hop of each chain
was asked for. Of several processes (torchrun) it is the first one's part of each batch, weighed within the whole batch.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .checkpoint import write_json
from .domains import Domain
from .images import to_image
from .methods import Mined
from .run import Run


@dataclass(frozen=True)
class _Sample:
    step: int
    weight: float
    images: Tensor
    """(1 + hops, 3, H, W): the source, then every hop of every chain."""
    source: list[float]
    targets: list[list[list[float]]]


class Mining:
    """Remembers the extremes of the importance weights.

    Args:
        domain: names the attributes.
        keep: samples at either end.
    """

    def __init__(self, domain: Domain, keep: int = 8) -> None:
        self.domain, self.keep = domain, keep
        self._most: list[_Sample] = []
        self._least: list[_Sample] = []

    def see(self, step: int, mined: Mined) -> None:
        """Takes one batch into account; copies only what enters the lists."""
        weights = mined.weights.tolist()
        ranked = sorted(range(len(weights)), key=weights.__getitem__)
        self._most = self._merge(self._most, step, mined, ranked[: -self.keep - 1 : -1], weights, 1)
        self._least = self._merge(self._least, step, mined, ranked[: self.keep], weights, -1)

    def write(self, run: Run, step: int) -> None:
        """Writes both lists under run/mined/ and begins anew."""
        from torchvision.utils import make_grid  # as training.grids has it

        for name, samples in (("most", self._most), ("least", self._least)):
            if samples:
                cells = torch.cat([sample.images for sample in samples])
                grid = make_grid(cells, nrow=len(samples[0].images), padding=2, pad_value=1.0)
                run.picture(f"mined/{step:07d}-{name}.jpg", to_image(grid))
                write_json(run.path / "mined" / f"{step:07d}-{name}.json", [self._describe(s) for s in samples])
        self._most, self._least = [], []

    def _merge(
        self, kept: list[_Sample], step: int, mined: Mined, rows: list[int], weights: list[float], sign: int
    ) -> list[_Sample]:
        bar = min((sign * sample.weight for sample in kept), default=float("-inf"))
        full = len(kept) >= self.keep
        new = [_take(step, mined, row, weights[row]) for row in rows if not full or sign * weights[row] > bar]
        return sorted([*kept, *new], key=lambda sample: -sign * sample.weight)[: self.keep]

    def _describe(self, sample: _Sample) -> dict[str, Any]:
        chains = [[self._names(hop) for hop in chain] for chain in sample.targets]
        return {
            "step": sample.step, "weight": sample.weight, "source": self._names(sample.source), "chains": chains
        }  # fmt: skip

    def _names(self, values: list[float]) -> list[str]:
        return [name for name, value in zip(self.domain.attributes, values, strict=True) if value]


def _take(step: int, mined: Mined, row: int, weight: float) -> _Sample:
    hops = [hop for chain in mined.chains for hop in chain]
    images = torch.stack([mined.sources[row], *(images[row] for images, _ in hops)]).float().cpu()
    targets = [[target[row].tolist() for _, target in chain] for chain in mined.chains]
    return _Sample(step, weight, images, mined.attributes[row].tolist(), targets)
