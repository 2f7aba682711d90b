"""Networks have the shapes, sizes and starting points that their descriptions state."""

import pytest
import torch
from torch import nn
from torchvision.models import resnet18

from training.networks.blocks import InstanceNorm
from training.networks.classifier import AttributeClassifier
from training.networks.discriminators import PatchDiscriminator
from training.networks.embedding import Embedding, folded
from training.networks.generators import DifferenceGenerator, ResidualGenerator


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("kind", [DifferenceGenerator, ResidualGenerator])
@pytest.mark.parametrize("size", [(88, 72), (32, 48)])
def test_generators_are_fully_convolutional(
    kind: type[DifferenceGenerator | ResidualGenerator], size: tuple[int, int]
) -> None:
    torch.manual_seed(0)
    images = torch.rand(2, 3, *size) * 2 - 1
    output = kind(10, 8, 1).eval()(images, torch.zeros(2, 10))
    assert output.shape == images.shape
    assert -1 <= output.min() <= output.max() <= 1


def test_what_overshoots_still_gets_a_gradient_in_training_and_is_cut_afterwards() -> None:
    generator = DifferenceGenerator(2, 8, 1)
    bias = generator.out.bias
    assert bias is not None
    torch.nn.init.constant_(bias, 3.0)
    white, condition = torch.ones(1, 3, 32, 32), torch.zeros(1, 2)
    output = generator(white, condition)
    assert output.min() > 2
    assert torch.autograd.grad(output.mean(), bias)[0].abs().max() > 0
    assert torch.equal(generator.eval()(white, condition), white)


def test_the_difference_generator_starts_at_the_identity() -> None:
    images, condition = torch.rand(2, 3, 88, 72) * 2 - 1, torch.randn(2, 10)
    assert torch.equal(DifferenceGenerator(10, 16, 1)(images, condition), images)


def test_a_blending_generator_mixes_a_colour_in_by_its_mask() -> None:
    generator = DifferenceGenerator(2, 8, 1, blend=True).eval()
    bias = generator.out.bias
    assert bias is not None
    images, condition = torch.rand(1, 3, 32, 32) * 2 - 1, torch.zeros(1, 2)
    shut = torch.sigmoid(torch.tensor(-2.0))
    torch.testing.assert_close(generator(images, condition), images * (1 - shut))  # towards grey, the mask nearly shut
    with torch.no_grad():
        bias.copy_(torch.tensor([9.0, -9.0, 0.0, 0.0]))
    colour = torch.tensor([1.0, -1.0, 0.0])[None, :, None, None]
    torch.testing.assert_close(generator(images, condition), (images + colour) / 2)


def test_the_residual_generator_has_stargan_s_size() -> None:
    # StarGAN's generator has 8,430,528 parameters for five attributes. Ours differs by the nearest-neighbour upsampling
    # (3x3 in place of 4x4 kernels: 7/16 less of 655,360) and by the biases of its residual and last convolutions.
    upsampling, biases = (256 * 128 + 128 * 64) * (16 - 9), 12 * 256 + 3
    assert count(ResidualGenerator(5)) == 8_430_528 - upsampling + biases


@pytest.mark.parametrize("conditioning", ["concatenate", "project"])
@pytest.mark.parametrize("fold", [1, 2])
def test_the_discriminator_judges_patches_under_a_condition(conditioning: str, fold: int) -> None:
    torch.manual_seed(0)
    network = PatchDiscriminator(10, 8, (2, 2), conditioning, classify=True, spectral=True, fold=fold)  # type: ignore[arg-type]  # parametrised
    images, one, other = torch.rand(2, 3, 32, 24), torch.zeros(2, 10), torch.ones(2, 10)
    judged = network(images, one)
    assert judged.logits.shape == (2, 1, 32 // 4 // fold, 24 // 4 // fold)
    assert judged.attributes.shape == (2, 10)
    assert not torch.equal(judged.logits, network(images, other).logits)


def test_a_projected_condition_adds_each_attribute_s_map_with_its_sign() -> None:
    torch.manual_seed(0)
    network = PatchDiscriminator(10, 8, (2, 2), "project")
    images, attributes = torch.rand(1, 3, 32, 24), torch.zeros(1, 10)
    attributes[0, 3] = 1
    maps = network.heads(network.features(images, attributes))
    expected = maps[:, 0] + maps[:, 4] - (maps[:, 1:].sum(1) - maps[:, 4])
    assert torch.allclose(network(images, attributes).logits[:, 0], expected, atol=1e-5)


def test_cyclegan_s_patches_see_70_pixels() -> None:
    network = PatchDiscriminator(10, 8).eval()
    images = torch.zeros(1, 3, 256, 256, requires_grad=True)
    features = network.trunk[0](torch.cat([images, torch.zeros(1, 10, 256, 256)], 1))
    for layer in network.trunk[1:]:
        if not isinstance(layer, nn.InstanceNorm2d):  # its statistics see the whole image
            features = layer(features)
    network.heads(features)[0, 0, 15, 15].backward()
    assert images.grad is not None
    rows = images.grad.abs().sum((0, 1, 3)).nonzero()
    # Three strides and a 4x4 kernel see 46 pixels; CycleGAN's 4x4 head makes 70 of them, our 3x3 head 62.
    assert rows.max() - rows.min() + 1 == 62


def test_the_classifier_is_torchvision_s_resnet_18_at_full_width() -> None:
    ours, stock = AttributeClassifier(10, 64).eval(), resnet18(num_classes=10).eval()
    stock.load_state_dict(dict(zip(stock.state_dict(), ours.state_dict().values(), strict=True)))
    images = torch.randn(2, 3, 64, 64)
    assert torch.equal(ours(images), stock(images))
    assert AttributeClassifier(10, 8)(torch.zeros(2, 3, 88, 72)).shape == (2, 10)


@pytest.mark.parametrize("radius", [1.0, 2.5])
def test_phi_projects_onto_the_sphere(radius: float) -> None:
    embedded = Embedding(8, radius=radius).eval()(torch.rand(3, 3, 40, 32))
    assert embedded.norm(dim=1).tolist() == pytest.approx([radius] * 3, rel=1e-5)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_instance_norm_is_torch_s(layout: torch.memory_format) -> None:
    torch.manual_seed(0)
    plain, own = nn.InstanceNorm2d(5, affine=True), InstanceNorm(5, affine=True)
    features = torch.randn(3, 5, 6, 4).to(memory_format=layout).requires_grad_()
    wanted, normed = plain(features), own(features)
    torch.testing.assert_close(normed, wanted, atol=1e-6, rtol=0)
    assert normed.is_contiguous(memory_format=layout)
    pull = torch.randn_like(wanted)
    gradients = [torch.autograd.grad(result, features, pull)[0] for result in (normed, wanted)]
    torch.testing.assert_close(*gradients, atol=1e-5, rtol=0)


def test_folded_batch_norms_leave_phi_as_it_was() -> None:
    torch.manual_seed(0)
    embedding = Embedding(8)
    for _ in range(3):
        embedding(torch.randn(4, 3, 32, 32))  # batch norm's statistics move off 0 and 1
    images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        own = folded(embedding.eval())
        torch.testing.assert_close(own(images), embedding(images), atol=1e-6, rtol=0)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in own.modules())
    assert any(isinstance(module, nn.BatchNorm2d) for module in embedding.modules())
