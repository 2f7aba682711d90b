"""The ResNet-18 attribute classifier (paper, section 4.2): it scores edits, and tells the service what a photo has."""

import torch
from torch import Tensor, nn


class BasicBlock(nn.Module):
    """torchvision's, to the parameter names; importing its model zoo takes a process several seconds."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, downsample: nn.Module | None = None) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = downsample

    def forward(self, features: Tensor) -> Tensor:
        shortcut = features if self.downsample is None else self.downsample(features)
        hidden = torch.relu(self.bn1(self.conv1(features)))
        return torch.relu(self.bn2(self.conv2(hidden)) + shortcut)


class AttributeClassifier(nn.Module):
    """ResNet-18 (He et al. 2016) with n logits; torchvision's own at width 64 (11.2 M parameters), a quarter at 32.

    Input (B, 3, H, W) in [-1, 1]; output (B, n) logits.
    """

    def __init__(self, attributes: int, width: int = 64) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(True), nn.MaxPool2d(3, 2, 1)
        )
        widths = [width, width, 2 * width, 4 * width, 8 * width]
        stages = [_stage(widths[i], widths[i + 1], 1 if i == 0 else 2) for i in range(4)]
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(widths[-1], attributes)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(images))
        return logits

    def features(self, images: Tensor) -> Tensor:
        """What the head sees, (B, 8 · width): 512 numbers at width 64."""
        maps: Tensor = self.stages(self.stem(images))
        return maps.mean((2, 3))


def _stage(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    shortcut = None
    if stride != 1 or inputs != outputs:
        shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
    return nn.Sequential(BasicBlock(inputs, outputs, stride, shortcut), BasicBlock(outputs, outputs))
