"""A convolution that is spared what it would do again and again for a condition.

A generator sees its condition as maps that are the same everywhere (networks.blocks.tile), so what the first
convolution makes of them is the same everywhere too, but for the border, where a part of its kernel is outside of the
image. It is worked out once for each distance from the border and added to what the convolution makes of the image:
the same sums, in another order. Of the paper's generator that is three quarters of the first convolution.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .offline import openvino as ov

_ALL = 2**31 - 1  # of a dimension


def fold_condition(model: "ov.Model") -> "ov.Model":
    """The network with such convolutions in two: one of the image, and one of the condition on a few pixels.

    Done where most of what a convolution sees is the condition; otherwise it would take longer, not less.
    """
    model = model.clone()
    for node in model.get_ordered_ops():
        if (inputs := _inputs(node)) is not None:
            folded = _folded(node, *inputs)
            for target in node.output(0).get_target_inputs():
                target.replace_source_output(folded)
    return model


def _inputs(node: "ov.Node") -> "tuple[ov.Output, ov.Output] | None":
    """The image and the condition (1, n, 1, 1) that a convolution sees, if this is one to be folded."""
    if node.get_type_name() != "Convolution" or (joined := _source(node, 0)).get_type_name() != "Concat":
        return None
    if joined.get_input_size() != 2 or (tiled := _source(joined, 1)).get_type_name() != "Broadcast":
        return None
    image, condition, weight = joined.input_value(0), tiled.input_value(0), node.input_value(1).get_partial_shape()
    flat = condition.get_partial_shape()
    if flat.rank.get_length() != 4 or flat[2] != 1 or flat[3] != 1 or not image.get_partial_shape()[1].is_static:
        return None
    options, kernel = node.get_attributes(), weight.to_shape()[2:]
    around = [side // 2 for side in kernel]
    keeps = options["pads_begin"] == options["pads_end"] == around and all(side % 2 for side in kernel)
    plain = set(options["strides"]) == set(options["dilations"]) == {1}
    mostly = weight.to_shape()[1] > 2 * image.get_partial_shape()[1].get_length()
    return (image, condition) if keeps and plain and mostly else None


def _folded(node: "ov.Node", image: "ov.Output", condition: "ov.Output") -> "ov.Output":
    op, options, weight = _operations(), node.get_attributes(), node.input_value(1)
    seen, kernel = image.get_partial_shape()[1].get_length(), weight.get_shape()[2:]

    def convolved(of: Any, first: int, last: int) -> Any:
        part = op.slice(weight, _numbers(first), _numbers(last), _numbers(1), _numbers(1))
        return op.convolution(of, part, options["strides"], options["pads_begin"], options["pads_end"], [1, 1])

    # An image of the kernel's size has each distance from the border once, its middle for all that are further in.
    count, shape = op.gather(op.shape_of(condition), _numbers(0, 1), _number(0)), op.shape_of(image)
    lengths = [op.gather(shape, _numbers(axis), _number(0)) for axis in (2, 3)]
    sides = [op.minimum(length, _numbers(side)) for length, side in zip(lengths, kernel, strict=True)]
    change = convolved(op.broadcast(condition, op.concat([count, *sides], 0)), seen, _ALL)
    for axis, length, side, whole in zip((2, 3), lengths, sides, kernel, strict=True):
        places = op.range(_number(0), op.squeeze(length, _number(0)), _number(1), "i64")
        further = op.maximum(op.subtract(places, _number(whole // 2)), _number(0))
        inside = op.minimum(further, op.subtract(length, side))
        change = op.gather(change, op.subtract(places, inside), _number(axis))
    return op.add(convolved(image, 0, seen), change).output(0)


def _operations() -> Any:
    from .offline import openvino as ov

    return ov.opset13


def _source(node: "ov.Node", place: int) -> "ov.Node":
    return node.input_value(place).get_node()


def _number(value: int) -> Any:
    return _operations().constant(np.int64(value))


def _numbers(*values: int) -> Any:
    return _operations().constant(np.array(values, np.int64))
