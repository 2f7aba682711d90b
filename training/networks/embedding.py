"""φ, the embedding in whose space Eq. 6 measures content: a VGG, trained on the identities of the training division.

The paper takes VGGFace (faces) and VGG (other domains); stock weights of either can be put in with
`python -m training embedding --weights FILE.safetensors` and architecture "vgg16".
"""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class Embedding(nn.Module):
    """A VGG-style network onto the hypersphere of radius r.

    Input (B, 3, H, W) in [-1, 1], any size from 32 up; output (B, dimensions), each of length `radius`.
    """

    def __init__(self, width: int = 32, dimensions: int = 128, radius: float = 1.0) -> None:
        super().__init__()
        self.radius = radius
        layers: list[nn.Module] = []
        inputs = 3
        for stage, convolutions in enumerate((1, 1, 2, 2)):
            for _ in range(convolutions):
                outputs = width * 2**stage
                layers += [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True)]
                inputs = outputs
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.project = nn.Linear(inputs, dimensions)

    def forward(self, images: Tensor) -> Tensor:
        return self.radius * F.normalize(self.project(self.features(images).mean((2, 3))), dim=1)


class VGG16(nn.Module):
    """Stock VGG-16 up to fc7, onto the hypersphere of radius r; images are resized to 224 x 224.

    `mean` and `std` are those of the weights that are loaded, for RGB in [0, 1].
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        radius: float = 1.0,
        mean: tuple[float, float, float] = (0.485, 0.456, 0.406),
        std: tuple[float, float, float] = (0.229, 0.224, 0.225),
    ) -> None:
        super().__init__()
        from torchvision.models import vgg16  # takes a process seconds to import, and few have a use for it

        with torch.device("meta"):  # its weights are always loaded; drawing 138 million of them takes long
            network = vgg16(weights=None)
        network.to_empty(device="cpu")
        self.radius = radius
        self.features, self.pool, self.classifier = network.features, network.avgpool, network.classifier[:5]
        self.register_buffer("mean", torch.tensor(mean)[:, None, None])
        self.register_buffer("std", torch.tensor(std)[:, None, None])

    def forward(self, images: Tensor) -> Tensor:
        resized = F.interpolate(images, size=(224, 224), mode="bilinear", align_corners=False)
        features = self.pool(self.features(((resized + 1) / 2 - self.mean) / self.std))
        return self.radius * F.normalize(self.classifier(features.flatten(1)), dim=1)


def folded(network: nn.Module) -> nn.Module:
    """A copy of a frozen network whose batch norms are folded into the convolutions before them: the same, faster."""
    network = copy.deepcopy(network).eval()
    for sequence in [module for module in network.modules() if isinstance(module, nn.Sequential)]:
        for index in range(len(sequence) - 1):
            first, second = sequence[index], sequence[index + 1]
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                sequence[index], sequence[index + 1] = fuse_conv_bn_eval(first, second), nn.Identity()
    return network
