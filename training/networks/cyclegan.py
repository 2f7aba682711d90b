"""CycleGAN's networks (Zhu et al. 2017; junyanz/pytorch-CycleGAN-and-pix2pix networks.py)."""

from torch import Tensor, nn

from .pairs import start_normal


class ResnetGenerator(nn.Module):
    """One direction of CycleGAN, 11.4 M parameters at width 64 with nine blocks.

    Instance norms have no parameters of their own, so the convolutions before them keep their biases, as in the
    original, though the norm takes them out again.

    Input (B, 3, H, W) in [-1, 1] with H, W divisible by 4; output (B, 3, H, W) in (-1, 1).
    """

    multiple = 4

    def __init__(self, width: int = 64, blocks: int = 9) -> None:
        super().__init__()
        self.network = nn.Sequential(
            nn.ReflectionPad2d(3),
            *_normed(nn.Conv2d(3, width, 7)),
            *_normed(nn.Conv2d(width, 2 * width, 3, 2, 1)),
            *_normed(nn.Conv2d(2 * width, 4 * width, 3, 2, 1)),
            *(ReflectedResidual(4 * width) for _ in range(blocks)),
            *_normed(nn.ConvTranspose2d(4 * width, 2 * width, 3, 2, 1, output_padding=1)),
            *_normed(nn.ConvTranspose2d(2 * width, width, 3, 2, 1, output_padding=1)),
            nn.ReflectionPad2d(3),
            nn.Conv2d(width, 3, 7),
            nn.Tanh(),
        )
        start_normal(self)

    def forward(self, images: Tensor) -> Tensor:
        result: Tensor = self.network(images)
        return result


class ReflectedResidual(nn.Module):
    """x + norm(conv(relu(norm(conv(x))))), padded by reflection; no activation after the sum."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.ReflectionPad2d(1),
            *_normed(nn.Conv2d(width, width, 3)),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width),
        )

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = features + self.body(features)
        return result


class PatchGAN(nn.Module):
    """The discriminator of patches, 70 x 70 pixels with the three strided layers of the default.

    Input (B, c, H, W) in [-1, 1]; output: logits, or LSGAN's scores, (B, 1, h, w) in float32, h = H / 2^layers - 2.

    Args:
        inputs: channels, 6 where it judges a translation beside its source (pix2pix).
        affine: norms with parameters of their own, in place of the biases before them (pix2pix).
    """

    def __init__(self, inputs: int = 3, width: int = 64, layers: int = 3, affine: bool = False) -> None:
        super().__init__()
        widths = [min(width * 2**layer, width * 8) for layer in range(layers + 1)]
        parts: list[nn.Module] = [nn.Conv2d(inputs, width, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
        for layer in range(1, layers + 1):
            stride = 2 if layer < layers else 1
            parts += [
                nn.Conv2d(widths[layer - 1], widths[layer], 4, stride, 1, bias=not affine),
                nn.InstanceNorm2d(widths[layer], affine=affine),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        self.network = nn.Sequential(*parts, nn.Conv2d(widths[-1], 1, 4, 1, 1))
        start_normal(self)

    def forward(self, images: Tensor) -> Tensor:
        result: Tensor = self.network(images).float()
        return result


def _normed(convolution: nn.Module) -> list[nn.Module]:
    width = convolution.out_channels
    assert isinstance(width, int)
    return [convolution, nn.InstanceNorm2d(width), nn.ReLU(inplace=True)]
