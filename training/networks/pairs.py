"""Two networks as one: a method between two folders has a network for each, and a release keeps one generator."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class ByTarget(nn.Module):
    """One network a folder; each image goes through the network of the folder that its condition names.

    Input (B, c, H, W) and one-hot conditions (B, n), mixed as they come; output: what the networks give, in the order
    of the input. A network whose folder nobody names does not run.

    Attributes:
        networks: in the order of the domain's folders.
        multiple: what H and W must be divisible by.
    """

    def __init__(self, networks: Sequence[nn.Module], multiple: int = 1) -> None:
        super().__init__()
        self.networks, self.multiple = nn.ModuleList(networks), multiple

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        named = condition.argmax(1)
        groups = [(named == folder).nonzero()[:, 0] for folder in range(len(self.networks))]
        outputs = [network(images[group]) for network, group in zip(self.networks, groups, strict=True) if len(group)]
        return torch.cat(outputs)[torch.cat(groups).argsort()]

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Compiles the networks alone: which images go where is only known at run time, and would break the graph."""
        for network in self.networks:
            network.compile(*args, **kwargs)


def parts(generator: nn.Module) -> list[nn.Module]:
    """The networks of a generator that can be run by themselves: a `ByTarget`'s, in their order, else itself."""
    return list(generator.networks) if isinstance(generator, ByTarget) else [generator]


def start_normal(network: nn.Module) -> None:
    """CycleGAN's and pix2pix's start: weights from N(0, 0.02), scales of norms from N(1, 0.02), biases 0."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.InstanceNorm2d) and module.affine:
            nn.init.normal_(module.weight, 1.0, 0.02)
        if isinstance(getattr(module, "bias", None), Tensor):
            nn.init.zeros_(module.bias)  # type: ignore[arg-type]  # a Tensor: the line above
