"""A condition that is the same everywhere is worked out once, and what comes out stays what it was."""

from typing import Any

import pytest
import torch
from torch import nn

from training.compiled import trace
from training.folding import fold_condition
from training.networks.blocks import tile
from training.networks.generators import DifferenceGenerator, ResidualGenerator
from training.offline import openvino as ov

ATTRIBUTES = 10


class One(nn.Module):
    """A convolution of an image and its condition, on which nothing follows."""

    def __init__(self, kernel: int | tuple[int, int], **options: Any) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3 + ATTRIBUTES, 8, kernel, **options)

    def forward(self, images: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.convolution(tile(images, condition))
        return made


def converted(network: nn.Module) -> "ov.Model":
    """For OpenVINO, and for images of any size."""
    return trace(network.eval(), (torch.zeros(1, 3, 32, 32), torch.zeros(1, ATTRIBUTES)))


def channels(model: "ov.Model") -> list[int]:
    """How many channels each of its convolutions sees."""
    kinds = [each for each in model.get_ordered_ops() if each.get_type_name() == "Convolution"]
    return [each.get_input_shape(1)[1] for each in kinds]


def run(model: "ov.Model", *inputs: torch.Tensor) -> torch.Tensor:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return torch.from_numpy(compiled([each.numpy() for each in inputs])[0])


class Ramp(One):
    """As One, its condition growing from left to right."""

    def forward(self, images: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        row = condition[:, :, None, None] * torch.arange(32.0)
        made: torch.Tensor = self.convolution(torch.cat([images, row.expand(-1, -1, images.shape[2], -1)], 1))
        return made


@pytest.mark.parametrize("size", [(32, 48), (7, 7), (6, 9), (4, 4), (1, 20)])
@pytest.mark.parametrize("kernel", [(3, 3), (7, 7), (5, 3)])
def test_every_pixel_is_what_it_was(kernel: tuple[int, int], size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    network = One(kernel, padding=(kernel[0] // 2, kernel[1] // 2))
    images, condition = torch.randn(1, 3, *size), torch.randn(1, ATTRIBUTES)
    folded = fold_condition(converted(network))
    assert sorted(channels(folded)) == [3, ATTRIBUTES]
    torch.testing.assert_close(run(folded, images, condition), network(images, condition), atol=1e-4, rtol=1e-4)


def test_the_first_convolution_of_the_paper_s_generator_sees_the_image_alone() -> None:
    torch.manual_seed(0)
    network = ResidualGenerator(ATTRIBUTES, 8, 1).eval()
    images, condition = torch.rand(1, 3, 32, 48) * 2 - 1, torch.randn(1, ATTRIBUTES)
    model = converted(network)
    folded = fold_condition(model)
    assert 3 + ATTRIBUTES in channels(model), "the network itself is left as it was"
    assert {3, ATTRIBUTES} <= set(channels(folded))
    assert 3 + ATTRIBUTES not in channels(folded)
    torch.testing.assert_close(run(folded, images, condition), network(images, condition), atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(DifferenceGenerator(ATTRIBUTES, 8, 1), id="it sees more of the image than of the condition"),
        pytest.param(One(3, padding=0), id="it sees nothing beyond the border"),
        pytest.param(One(4, padding=2), id="its output has another size"),
        pytest.param(One(3, padding=1, stride=2), id="it skips pixels"),
        pytest.param(One(3, padding=2, dilation=2), id="it has gaps"),
        pytest.param(Ramp(3, padding=1), id="its condition differs from pixel to pixel"),
    ],
)
def test_any_other_convolution_is_left_alone(network: nn.Module) -> None:
    model = converted(network)
    assert len(fold_condition(model).get_ops()) == len(model.get_ops())
