"""STGAN's generator (csmliu/STGAN models.py): AttGAN's, with a selective transfer unit on every skip."""

import torch
from torch import Tensor, nn

from .attgan import AttGANGenerator, channels, glorot
from .blocks import tile


class TransferUnit(nn.Module):
    """A selective transfer unit (Liu et al. 2019, section 3.2): which of the encoder's features pass, given the change.

    With features f, the deeper unit's state s⁺ and the condition d, ⊕ joining channels:

        ŝ = T(s⁺ ⊕ d)          r = σ(W_r(f ⊕ ŝ))          u = σ(W_u(f ⊕ ŝ))
        s = r ⊙ ŝ              f̂ = tanh(W_h(f ⊕ s))       output = (1 - u) ⊙ ŝ + u ⊙ f̂

    All convolutions have biases and no norm.

    Args:
        features: channels of f, ŝ, s and the output.
        state: channels of s⁺.
        attributes: n of d.
    """

    def __init__(self, features: int, state: int, attributes: int) -> None:
        super().__init__()
        self.rise = nn.ConvTranspose2d(state + attributes, features, 4, 2, 1)
        self.reset = nn.Conv2d(2 * features, features, 3, padding=1)
        self.update = nn.Conv2d(2 * features, features, 3, padding=1)
        self.candidate = nn.Conv2d(2 * features, features, 3, padding=1)

    def forward(self, features: Tensor, state: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """(B, c, h, w), (B, c⁺, h/2, w/2) and (B, n) to the output and the state s, both (B, c, h, w)."""
        risen = self.rise(tile(state, condition))
        both = torch.cat([features, risen], 1)
        reset, update = torch.sigmoid(self.reset(both)), torch.sigmoid(self.update(both))
        passed = reset * risen
        candidate = torch.tanh(self.candidate(torch.cat([features, passed], 1)))
        return (1 - update) * risen + update * candidate, passed


class STGANGenerator(AttGANGenerator):
    """AttGAN's generator whose skips are the transfer units' outputs; the innermost unit's state is the encoding.

    74,998,771 parameters at thirteen attributes. The condition is a difference of attributes; see AttGANGenerator for
    shapes and arguments. There are as many units as shortcuts.
    """

    def __init__(
        self,
        attributes: int,
        width: int = 64,
        layers: int = 5,
        shortcuts: int = 4,
        injections: int = 4,
        momentum: float = 1e-3,
    ) -> None:
        super().__init__(attributes, width, layers, shortcuts, injections, momentum)
        widths = channels(width, layers)[::-1]
        states = zip(widths[1 : shortcuts + 1], widths, strict=False)
        self.units = nn.ModuleList(TransferUnit(features, state, attributes) for features, state in states)
        self.units.apply(glorot)

    def skips(self, features: list[Tensor], condition: Tensor) -> list[Tensor]:
        """The units' outputs, from the deepest; each hands its state, not its output, to the next."""
        state, outputs = features[-1], []
        for unit, feature in zip(self.units, features[-2::-1], strict=False):
            output, state = unit(feature, state, condition)
            outputs.append(output)
        return outputs
