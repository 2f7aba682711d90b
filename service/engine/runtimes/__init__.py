"""Ways of running a release: torch and OpenVINO, each checked against torch in float32 before it may serve."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from torch import Tensor, cat, empty, float32, tensor  # not the module: a module of this package has its name
from torch import dtype as Dtype

from training.domains import apply_change, decide
from training.release import Release

PREDICT, TRANSLATE, EDIT = "predict", "translate", "edit"  # what is asked of a runtime, where it has to be named

Change = Mapping[str, bool]
"""What an edit sets and clears; see training.domains.apply_change."""


class Runtime(Protocol):
    """A release loaded so that it can run.

    On a CPU an image's result is the same to the bit whatever else is in its batch and in other calls. On a GPU it is
    so among batches that are padded to the same size; others may differ by the rounding of bfloat16.

    Attributes:
        release: what was loaded.
        name: "torch-cpu-fp32", "torch-cuda-bf16", "torch-cuda-fp32", "openvino-fp32" or "openvino-int8".
        multiple: H and W of images must be divisible by it.
        concurrency: how many calls may run at once, each from a thread of its own; more would only wait.
        dtype: what it takes images as. Given in it they are as good as in float32; translations are of it
            then, or of float32.
        warnings: why a faster runtime was refused, one sentence each.
    """

    release: Release
    name: str
    multiple: int
    concurrency: int
    dtype: Dtype = float32
    warnings: tuple[str, ...]

    def predict(self, images: Tensor) -> Tensor:
        """The probability of each attribute, (B, n), for images (B, 3, H, W) in [-1, 1] of the release's size."""

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """One hop: images (B, 3, H, W) in [-1, 1], any H and W divisible by `multiple`, with attributes (B, n) in
        {0, 1}. Returns (B, 3, H, W) on the CPU."""

    def edit(self, images: Tensor, changes: Sequence[Change]) -> Tensor:
        """`translate` of images of the release's size from what `predict` finds to the same with a change each."""
        domain = self.release.domain
        sources = [decide(domain, probabilities) for probabilities in self.predict(images).tolist()]
        targets = [apply_change(domain, *each) for each in zip(sources, changes, strict=True)]
        return self.translate(images, as_rows(sources), as_rows(targets))

    def gather(self, images: Sequence[Tensor]) -> Tensor:
        """Images (B, 3, H, W) as one batch, where it is taken from soonest."""
        return images[0] if len(images) == 1 else cat(tuple(images))

    def close(self) -> None:
        """Lets go of threads and memory; no call may be running or follow."""


Load = Callable[[Release], Runtime]


def gather(images: Sequence[Tensor], dtype: Dtype, pinned: bool = False) -> Tensor:
    """Images (B, 3, H, W) as one batch of a type, from which a GPU copies fastest if it is `pinned`."""
    counts = [len(each) for each in images]
    batch = empty(sum(counts), *images[0].shape[1:], dtype=dtype, pin_memory=pinned)
    if images[0].dtype == dtype:
        return cat(tuple(images), out=batch)  # one operation: after each, a thread has to get Python's lock again
    for place, each in zip(batch.split(counts), images, strict=True):  # of another type, that takes twice as long
        place.copy_(each)
    return batch


def as_rows(attributes: Sequence[Sequence[bool]]) -> Tensor:
    """Attributes of several images as a model takes them, (B, n) in {0, 1}."""
    return tensor(attributes, dtype=float32)
