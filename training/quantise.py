"""INT8 networks for OpenVINO: calibrated by NNCF on photos, with as few layers left in floating point as do.

Sums and norms stay in floating point always: that costs no time, as they are fused into the convolutions before them,
and in INT8 they took 7 dB from a generator of the paper's size. Of the convolutions the first ones are the most
sensitive, because what they see of a smooth photo differs little from pixel to pixel; so those are what a rung of the
ladder more leaves in floating point.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .offline import openvino as ov

LADDER = (0, 1, 2, 3)
"""Convolutions, counted along the longest way from the input, that are left in floating point: what is tried."""

FLOATING = ["Add", "Multiply", "MVN", "Divide", "Subtract"]
CONVOLUTIONS = {"Convolution", "ConvolutionBackpropData", "GroupConvolution", "MatMul"}

Inputs = list[NDArray[np.float32]]
"""What a network is given once: an image (1, 3, H, W) and, where it takes one, a condition (1, n)."""


def quantise(model: "ov.Model", inputs: Sequence[Inputs], floating: int) -> "ov.Model":
    """The network in INT8, but for its first `floating` convolutions, calibrated on `inputs`."""
    from . import offline  # noqa: F401 - before NNCF, see there
    import nncf  # isort: skip - takes seconds, and only what makes releases needs it

    nncf.set_log_level(logging.ERROR)
    scope = nncf.IgnoredScope(names=_first(model, floating), types=FLOATING, validate=False)
    return nncf.quantize(
        model.clone(),
        nncf.Dataset(list(inputs)),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(inputs),
        ignored_scope=scope,
    )


def _first(model: "ov.Model", floating: int) -> list[str]:
    """The names of the operations with at most `floating` convolutions on the way from the input, themselves counted.

    With those between, such as what joins the image and the condition: they would be rounded for nothing.
    """
    depths: dict[str, int] = {}
    for operation in model.get_ordered_ops():
        name = operation.get_friendly_name()
        before = [depths[each.get_source_output().get_node().get_friendly_name()] for each in operation.inputs()]
        depths[name] = max(before, default=0) + (operation.get_type_name() in CONVOLUTIONS)
    kinds = {operation.get_friendly_name(): operation.get_type_name() for operation in model.get_ordered_ops()}
    left_out = {"Parameter", "Constant", "Result"}
    return [name for name, depth in depths.items() if depth <= floating and kinds[name] not in left_out]
