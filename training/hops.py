"""Multi-hop Sample Training (MST), Eq. 9-10 of the paper: chains of translations, each step of them supervised."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .domains import Domain

Generate = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(images (B, 3, H, W), their attributes (B, n), the wanted attributes (B, n)) to the translated images."""


@dataclass(frozen=True)
class Hop:
    """One step of a chain: fake `images` (B, 3, H, W) that ought to have the attributes `target` (B, n)."""

    images: Tensor
    target: Tensor


def draw_attributes(attributes: Tensor, domain: Domain, toggle: float, random: torch.Generator) -> Tensor:
    """Random attribute vectors to translate to, (B, n) in {0, 1}.

    Args:
        attributes: of the batch's own images, (B, n).
        toggle: 0 takes another image's vector (a permutation of the batch: joint statistics as in the data); otherwise
            each image keeps its own vector and every attribute, a group such as hair colour counting as one, is
            redrawn with this probability, so that rare attributes are asked for as often as common ones. In a domain of
            folders it is the probability of another folder.
    """
    if not toggle:
        return attributes[torch.randperm(len(attributes), generator=random)]
    if domain.kind != "attributes":
        moved = torch.rand(len(attributes), generator=random) < toggle
        return torch.where(moved[:, None], _another(attributes, random), attributes)
    result = attributes.clone()
    for group in _groups(domain):
        chosen = torch.rand(len(result), generator=random) < toggle
        result[:, group] = torch.where(chosen[:, None], _redraw(result[:, group], random), result[:, group])
    return result


def _groups(domain: Domain) -> list[list[int]]:
    groups = dict.fromkeys(domain.group(name) for name in domain.attributes)
    return [[domain.attributes.index(name) for name in group] for group in groups]


def _redraw(values: Tensor, random: torch.Generator) -> Tensor:
    """Other values for one group: a single attribute is toggled, of several exclusive ones one is set."""
    batch, members = values.shape
    if members == 1:
        return 1 - values
    choice = torch.randint(members, (batch,), generator=random)
    return torch.nn.functional.one_hot(choice, members).to(values.dtype)


def _another(one_hot: Tensor, random: torch.Generator) -> Tensor:
    """Another folder than each image's own, (B, n)."""
    batch, folders = one_hot.shape
    shift = torch.randint(1, folders, (batch,), generator=random)
    other = (one_hot.argmax(1) + shift) % folders
    return torch.nn.functional.one_hot(other, folders).to(one_hot.dtype)


def draw_chains(target: Tensor, hops: int, draw: Callable[[], Tensor]) -> list[list[Tensor]]:
    """For each n = 1..N the n attribute vectors of a chain: n - 1 drawn intermediate ones, then `target` (Eq. 9)."""
    return [[*(draw() for _ in range(n - 1)), target] for n in range(1, hops + 1)]


def translate_chains(generate: Generate, images: Tensor, source: Tensor, chains: list[list[Tensor]]) -> list[list[Hop]]:
    """Runs every chain from the source images; gradients flow through whole chains.

    The i-th steps of all chains that have one run in a single pass of the generator, which must therefore treat each
    image by itself (instance norm, not batch norm). The result's [0][0] is the 1-hop fake.
    """
    states = [(images, source)] * len(chains)
    hops: list[list[Hop]] = [[] for _ in chains]
    for step in range(len(chains[-1])):
        going = [index for index, chain in enumerate(chains) if len(chain) > step]
        targets = [chains[index][step] for index in going]
        inputs, attributes = zip(*(states[index] for index in going), strict=True)
        fakes = generate(torch.cat(inputs), torch.cat(attributes), torch.cat(targets)).chunk(len(going))
        for index, fake, target in zip(going, fakes, targets, strict=True):
            states[index] = (fake, target)
            hops[index].append(Hop(fake, target))
    return hops
