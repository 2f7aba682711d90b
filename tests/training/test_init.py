"""INIT's objective term by term, and every INIT preset's options."""

import pytest
import torch
from torch import Tensor, nn

from tests.training.conftest import phi
from training import losses
from training.domains import EDGES, FACES
from training.hops import Hop
from training.methods import Batch
from training.methods.init import Fakes, Init, InitConfig
from training.networks.discriminators import Judgement
from training.presets import PRESETS

SMALL = {"generator_width": 8, "generator_blocks": 1, "discriminator_width": 8, "discriminator_strides": (2, 2)}
INIT = sorted(name for name, config in PRESETS.items() if config.method == "init")


def batch(size: int = 4, attributes: int = 10) -> Batch:
    random = torch.Generator().manual_seed(0)
    images = torch.rand(size, 3, 32, 24, generator=random) * 2 - 1
    labels = (torch.rand(size, attributes, generator=random) < 0.5).float()
    return Batch(images, labels, labels)


def options(name: str) -> InitConfig:
    found = PRESETS[name].options
    assert isinstance(found, InitConfig)
    return found


def method(config: InitConfig) -> Init:
    torch.manual_seed(0)
    return Init(FACES, config.model_copy(update=SMALL), phi())


def prepare(init: Init, data: Batch) -> Fakes:
    return init.prepare(data, torch.Generator().manual_seed(1))


class Constant(nn.Module):
    """A discriminator that says the same logit of all fakes and 0 of real images, for sums done by hand."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(logit))

    def features(self, images: Tensor, _attributes: Tensor) -> Tensor:
        return images

    def judge(self, features: Tensor, _attributes: Tensor) -> Judgement:
        return Judgement(features.new_zeros(len(features), 1, 2, 2), features.new_zeros(len(features), 0))

    def forward(self, images: Tensor, _attributes: Tensor) -> Judgement:
        return Judgement(self.logit.expand(len(images), 1, 2, 2), images.new_zeros(len(images), 0))


@pytest.mark.parametrize("name", INIT)
def test_gradient_reaches_every_parameter_from_one_forward_pass(name: str) -> None:
    init, data = method(options(name)), batch()
    for parameter in init.generator.parameters():  # the difference generator's last layer starts at zero
        nn.init.normal_(parameter, std=0.1)
    fakes = prepare(init, data)
    for loss, network in ((init.generator_loss, init.generator), (init.discriminator_loss, init.discriminator)):
        terms = loss(data, fakes)
        assert all(term.isfinite() and term.ndim == 0 for term in terms.values())
        names, parameters = zip(*network.named_parameters(), strict=True)
        gradients = torch.autograd.grad(torch.stack(list(terms.values())).sum(), parameters, retain_graph=True)
        missing = [name for name, gradient in zip(names, gradients, strict=True) if not gradient.any()]
        # A convolution's bias before an instance norm is subtracted again.
        assert [name for name in missing if not name.endswith("bias")] == []


def test_eq_10_to_the_letter() -> None:
    """Σ_n E[AIW(x^t) Σ_{i<=n} log(1 - D(x^ti))] on N = 2: three fakes a sample, one weight for all of them."""
    init, data = method(InitConfig()), batch(2)
    init.discriminator = Constant(0.7)  # type: ignore[assignment]  # only what the losses call
    fakes = prepare(init, data)
    assert [len(chain) for chain in fakes.chains] == [1, 2]
    adversarial = init.generator_loss(data, fakes)["generator/adversarial"].item()
    log_fake = losses.log_fake(torch.full((1, 1, 1, 1), 0.7)).item()
    assert adversarial == pytest.approx(3 * fakes.weights.mean().item() * log_fake, rel=1e-5)
    terms = init.discriminator_loss(data, fakes)
    assert terms["discriminator/fake"].item() == pytest.approx(-adversarial)  # D maximises what G minimises
    assert terms["discriminator/real"].item() == pytest.approx(torch.tensor(2.0).log().item())
    assert set(terms) == {"discriminator/real", "discriminator/fake"}  # the paper has no other terms


def test_all_chains_end_at_one_target_and_start_at_the_source() -> None:
    init, data = method(InitConfig(hops=3)), batch()
    chains = prepare(init, data).chains
    assert [len(chain) for chain in chains] == [1, 2, 3]
    assert all(chain[-1].target is chains[0][0].target for chain in chains)
    first = init.translate(data.images, data.attributes, chains[2][0].target)
    assert torch.allclose(chains[2][0].images, first, atol=1e-5)


def test_the_weights_come_from_the_1_hop_fake() -> None:
    init, data = method(InitConfig()), batch()
    first, other = Hop(data.images, data.attributes), Hop(data.images.flip(0) * 0.3, data.attributes)
    logits = torch.zeros(4, 1, 2, 2)
    weights = [init._weights(data, [[first], [last, last]], logits) for last in (first, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(init._weights(data, [[other], [first, first]], logits), weights[0])


def test_no_gradient_flows_through_the_weights_and_no_graph_is_kept_for_show() -> None:
    init, data = method(InitConfig()), batch()
    fakes = prepare(init, data)
    assert not fakes.weights.requires_grad
    assert init.mined is not None
    assert torch.equal(init.mined.weights, fakes.weights)
    assert len(init.mined.chains) == 2
    shown = [images for chain in init.mined.chains for images, _ in chain]
    assert all(images.grad_fn is None and not images.requires_grad for images in shown)


def test_without_aiw_every_weight_is_one_and_no_embedding_is_needed() -> None:
    config = InitConfig(aiw=False).model_copy(update=SMALL)
    init, data = Init(FACES, config), batch()
    assert prepare(init, data).weights.tolist() == [1, 1, 1, 1]
    assert init.mined is None
    with pytest.raises(ValueError, match="training embedding"):
        Init(FACES, config.model_copy(update={"aiw": True}))


def test_in_a_paired_domain_l1_compares_with_the_truth() -> None:
    init = Init(EDGES, InitConfig(aiw=False, hops=1, l1=2.0).model_copy(update=SMALL))
    images, truth = torch.zeros(2, 3, 8, 8), torch.full((2, 3, 8, 8), 0.5)
    own = torch.eye(2)
    data = Batch(images, own, own, truth=truth)
    hops = [Hop(torch.full_like(images, 0.25), 1 - own), Hop(torch.full_like(images, 0.25), own)]
    judged = [init.discriminator(hop.images, hop.target) for hop in hops]
    terms = init.generator_loss(data, Fakes([[hops[0]], [hops[1]]], judged, torch.ones(2), own))
    assert terms["generator/l1"].item() == pytest.approx(2.0 * 0.25)  # as far from the truth as from the source


def test_the_paper_s_preset_has_nothing_that_the_paper_has_not() -> None:
    paper = PRESETS["faces/init-paper"]
    assert paper.options == InitConfig()
    assert (paper.learning_rate, paper.betas, paper.batch, paper.size) == (1e-4, (0.5, 0.999), 16, (256, 256))
    config = options("faces/init-paper")
    assert (config.hops, config.saturating, config.normalise, config.cap) == (2, True, False, None)
    assert config.mismatch == config.classification == config.closeness == config.sparsity == config.l1 == 0


def test_a_relative_generator_leaves_an_image_that_needs_no_change() -> None:
    init, data = method(options("faces/init")), batch()
    moved = init.translate(data.images, data.attributes, data.attributes)
    assert torch.equal(moved, data.images)  # at the start; training keeps it so only as far as it learns to


def test_sparsity_and_closeness_are_the_mean_absolute_and_squared_change_of_every_hop() -> None:
    init, data = method(InitConfig(hops=1, sparsity=3.0, closeness=5.0)), batch()
    prepared = prepare(init, data)
    (hop,) = prepared.hops
    change = (hop.images - data.images).detach()
    terms = init.generator_loss(data, prepared)
    assert terms["generator/sparsity"].item() == pytest.approx(3 * change.abs().mean().item(), rel=1e-5)
    assert terms["generator/closeness"].item() == pytest.approx(5 * change.square().mean().item(), rel=1e-5)
