"""Ways of running a release: torch and OpenVINO, each checked against torch in float32 before it may serve."""

from collections.abc import Callable
from typing import Protocol

from torch import Tensor

from training.release import Release

PREDICT, TRANSLATE = "predict", "translate"  # what is asked of a runtime, where it has to be named


class Runtime(Protocol):
    """A release loaded so that it can run.

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
        """The probability of each attribute, (B, n), for images (B, 3, H, W) in [-1, 1] of the release's size."""

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """One hop: images (B, 3, H, W) in [-1, 1], any H and W divisible by `multiple`, with attributes (B, n) in
        {0, 1}. Returns (B, 3, H, W) float32 on the CPU."""

    def close(self) -> None:
        """Lets go of threads and memory; no call may be running or follow."""


Load = Callable[[Release], Runtime]
