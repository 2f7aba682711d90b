"""A part of a data set, so that what takes long can be done on fewer photos."""

import hashlib

import torch
from torch import Tensor

from .photos import Photos


class Part:
    """At most `most` photos of a division, from first to last; used as `Photos` are.

    Attributes:
        identities: None: whoever needs them looks at the whole.
        pairs: None: a counterpart may not be among them. (`truth` finds it.)
        fingerprint: of the whole and of how many these are.
    """

    identities: Tensor | None = None
    pairs: Tensor | None = None

    def __init__(self, photos: Photos, most: int) -> None:
        self._photos = photos
        self._chosen = torch.linspace(0, len(photos) - 1, min(most, len(photos))).long()
        self.attributes = photos.attributes[self._chosen]
        self.fingerprint = hashlib.sha256(f"{photos.fingerprint} {len(self._chosen)}".encode()).hexdigest()

    def __len__(self) -> int:
        return len(self._chosen)

    def images(self, indices: Tensor) -> Tensor:
        """(B, 3, H, W) float32 in [-1, 1] for indices (B,)."""
        return self._photos.images(self._chosen[indices])

    def truth(self, indices: Tensor, target: Tensor) -> Tensor | None:
        """The true translation of images (B,) to the attributes `target` (B, n), (B, 3, H, W); None if not known."""
        return self._photos.truth(self._chosen[indices], target)
