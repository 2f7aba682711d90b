"""What training and evaluation see of a data set, whether it was decoded from files or is drawn."""

from typing import Protocol

from torch import Tensor


class Photos(Protocol):
    """One division of a data set at the model's size."""

    @property
    def attributes(self) -> Tensor:
        """(N, n) float32 in {0, 1}."""

    @property
    def identities(self) -> Tensor | None:
        """(N,) int64 person numbers, or None where they are not known."""

    @property
    def pairs(self) -> Tensor | None:
        """(N,) int64, the index of each image's counterpart; None where there are no pairs."""

    @property
    def fingerprint(self) -> str:
        """A digest of the photos and of their labels, kept with what is trained."""

    def __len__(self) -> int: ...

    def images(self, indices: Tensor) -> Tensor:
        """(B, 3, H, W) float32 in [-1, 1] for indices (B,)."""

    def truth(self, indices: Tensor, target: Tensor) -> Tensor | None:
        """The true translation of images (B,) to the attributes `target` (B, n), (B, 3, H, W); None if not known."""
