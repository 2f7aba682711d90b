"""Ways of running a release: torch and OpenVINO, each checked against torch in float32 before it may serve."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from torch import Tensor, cat, float32, tensor  # not the module: a module of this package has its name

from training.domains import apply_change, decide
from training.images import to_tensors
from training.release import Release

PREDICT, TRANSLATE, EDIT = "predict", "translate", "edit"  # what is asked of a runtime, where it has to be named

Change = Mapping[str, bool]
"""What an edit sets and clears; see training.domains.apply_change."""


class Runtime(Protocol):
    """A release loaded so that it can run.

    Images are (B, 3, H, W) float32 in [-1, 1], or what `gather` has made of pictures; their translations come in the
    same form.

    On a CPU an image's result is the same to the bit whatever else is in its batch and in other calls. On a GPU it is
    so among batches that are padded to the same size; others may differ by the rounding of bfloat16.

    Attributes:
        release: what was loaded.
        name: "torch-cpu-fp32", "torch-cuda-bf16", "torch-cuda-fp32", "openvino-fp32" or "openvino-int8".
        multiple: H and W of images must be divisible by it.
        concurrency: how many calls may run at once, each from a thread of its own; more would only wait.
        warnings: why a faster runtime was refused, one sentence each.
    """

    release: Release
    name: str
    multiple: int
    concurrency: int
    warnings: tuple[str, ...]

    def predict(self, images: Tensor) -> Tensor:
        """The probability of each attribute, (B, n), for images of the release's size."""

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """One hop: images, any H and W divisible by `multiple`, with attributes (B, n) in {0, 1}. Returns them on the
        CPU."""

    def edit(self, images: Tensor, changes: Sequence[Change]) -> Tensor:
        """`translate` of images of the release's size from what `predict` finds to the same with a change each."""
        domain = self.release.domain
        sources = [decide(domain, probabilities) for probabilities in self.predict(images).tolist()]
        targets = [apply_change(domain, *each) for each in zip(sources, changes, strict=True)]
        return self.translate(images, as_rows(sources), as_rows(targets))

    def gather(self, pictures: Sequence[Tensor]) -> Tensor:
        """Pictures (B, H, W, 3), uint8, as one batch of what it takes soonest: floats, or bytes as they are."""
        return to_tensors(cat(tuple(pictures)))

    def close(self) -> None:
        """Lets go of threads and memory; no call may be running or follow."""


Load = Callable[[Release], Runtime]


def as_rows(attributes: Sequence[Sequence[bool]]) -> Tensor:
    """Attributes of several images as a model takes them, (B, n) in {0, 1}."""
    return tensor(attributes, dtype=float32)
