"""CycleGAN's networks have the original's sizes, its losses come out as by hand, and its pool remembers."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.training.pairs import batch, lines
from training.checkpoint import read_tensors, write_tensors
from training.domains import EDGES, FACES, SEASONS, folders
from training.methods import Batch, cyclegan
from training.methods.cyclegan import CycleGAN, CycleGANConfig, ImagePool
from training.networks.cyclegan import PatchGAN, ResnetGenerator
from training.networks.pairs import ByTarget

TINY = CycleGANConfig(generator_width=4, generator_blocks=1, discriminator_width=4, discriminator_layers=1)


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def by_hand(pool: int = 50) -> CycleGAN:
    """To the first folder: x - 0.25; to the second: x + 0.5. The scores of the first: 2x; of the second: x + 1."""
    method = CycleGAN(SEASONS, TINY.model_copy(update={"pool": pool}))
    method.generator = lines((1.0, -0.25), (1.0, 0.5))
    method.discriminator = lines((2.0, 0.0), (1.0, 1.0), judge=True)
    return method


@pytest.mark.parametrize(("blocks", "parameters"), [(9, 11_378_179), (6, 7_837_699)])
def test_generators_have_the_original_s_parameters(blocks: int, parameters: int) -> None:
    with torch.device("meta"):
        assert count(ResnetGenerator(64, blocks)) == parameters


def test_discriminators_have_the_original_s_parameters_and_patches() -> None:
    with torch.device("meta"):
        judge = PatchGAN()
        assert count(judge) == 2_764_737
        assert judge(torch.empty(1, 3, 128, 128)).shape == (1, 1, 14, 14)
        assert judge(torch.empty(1, 3, 256, 256)).shape == (1, 1, 30, 30)


def test_the_method_holds_both_directions_at_the_original_s_sizes() -> None:
    with torch.device("meta"):
        method = CycleGAN(SEASONS, CycleGANConfig())
    assert count(method.generator) == 2 * 11_378_179
    assert count(method.discriminator) == 2 * 2_764_737


@pytest.mark.parametrize(("layers", "pixels"), [(3, 70), (2, 34)])
def test_a_patch_sees_as_many_pixels_as_stated(layers: int, pixels: int) -> None:
    judge = PatchGAN(3, 4, layers)
    images = torch.zeros(1, 3, 128, 128, requires_grad=True)
    features: Tensor = images
    for layer in judge.network:
        if not isinstance(layer, nn.InstanceNorm2d):  # its statistics see the whole image
            features = layer(features)
    middle = features.shape[-1] // 2
    (gradient,) = torch.autograd.grad(features[0, 0, middle, middle], images)
    rows = gradient.abs().sum((0, 1, 3)).nonzero()
    assert rows.max() - rows.min() + 1 == pixels


def test_networks_start_as_the_original_s() -> None:
    torch.manual_seed(0)
    for network in (ResnetGenerator(32, 2), PatchGAN(3, 32)):
        weights = torch.cat([p.flatten() for name, p in network.named_parameters() if name.endswith("weight")])
        assert weights.mean().item() == pytest.approx(0, abs=2e-4)
        assert weights.std().item() == pytest.approx(0.02, rel=0.01)
        assert not any(p.any() for name, p in network.named_parameters() if name.endswith("bias"))


def test_an_image_is_translated_by_its_target_s_network_in_its_place() -> None:
    generator = lines((1.0, -0.25), (1.0, 0.5))
    images = torch.arange(5.0)[:, None, None, None].expand(-1, 3, 2, 2)
    result = generator(images, torch.eye(2)[[1, 0, 0, 1, 0]])
    assert result[:, 0, 0, 0].tolist() == [0.5, 0.75, 1.75, 3.5, 3.75]


def test_a_network_that_nobody_asks_for_does_not_run() -> None:
    calls: list[str] = []
    generator = lines((1.0, -0.25), (1.0, 0.5))
    for name, network in zip("ab", generator.networks, strict=True):
        network.register_forward_hook(lambda *_, name=name: calls.append(name))
    assert generator(torch.zeros(3, 3, 2, 2), torch.eye(2)[[1, 1, 1]]).unique().tolist() == [0.5]
    assert calls == ["b"]


@pytest.mark.parametrize("size", [(24, 32), (32, 20)])
def test_translations_keep_the_shape(size: tuple[int, int]) -> None:
    generator = CycleGAN.build_generator(SEASONS, TINY)
    assert not any(side % generator.multiple for side in size)
    assert generator(torch.zeros(2, 3, *size), torch.eye(2)).shape == (2, 3, *size)


@pytest.mark.parametrize("folders", [[0, 1], [0, 1, 0, 1], [1, 0, 0]])
def test_the_losses_by_hand(folders: list[int]) -> None:
    """Each direction's mean, so that how many photos there are of each folder does not matter."""
    method, data = by_hand(), batch(folders)
    prepared = method.prepare(data, torch.Generator())
    terms = method.generator_loss(data, prepared) | method.discriminator_loss(data, prepared)
    values = {name: term.item() for name, term in terms.items()}
    # Fakes: 0 + 0.5 and 0.2 - 0.25; their scores: 0.5 + 1 and 2 * -0.05. Back again: 0.25 and 0.45.
    assert values == pytest.approx(
        {
            "generator/adversarial": 0.5**2 + 1.1**2,
            "generator/cycle": 10 * (0.25 + 0.25),
            "generator/identity": 5 * (0.25 + 0.5),
            "discriminator/real": 0.5 * (1.0**2 + 0.2**2),
            "discriminator/fake": 0.5 * (1.5**2 + 0.1**2),
        }
    )


def test_both_sides_can_be_differentiated_on_the_same_fakes() -> None:
    method, data = by_hand(), batch([0, 1])
    prepared = method.prepare(data, torch.Generator())
    for loss, network in (
        (method.generator_loss, method.generator),
        (method.discriminator_loss, method.discriminator),
    ):
        total = torch.stack(list(loss(data, prepared).values())).sum()
        gradients = torch.autograd.grad(total, list(network.parameters()), retain_graph=True)
        assert all(gradient.any() for gradient in gradients)


def test_without_an_identity_term_it_is_not_computed() -> None:
    method = by_hand()
    method.config = method.config.model_copy(update={"identity": 0.0})
    data = batch([0, 1])
    assert set(method.generator_loss(data, method.prepare(data, torch.Generator()))) == {
        "generator/adversarial",
        "generator/cycle",
    }


def greys(*values: float) -> Tensor:
    return torch.tensor(values)[:, None, None, None].expand(-1, 3, 2, 2)


def exchange(pool: ImagePool, values: list[float], exchanged: list[bool], places: list[int]) -> list[float]:
    """The greys that are shown for fakes of the second folder."""
    folder = torch.ones(len(values), dtype=torch.int64)
    shown = pool.exchange(greys(*values), folder, torch.tensor(exchanged), torch.tensor(places))
    return shown[:, 0, 0, 0].tolist()


def test_a_pool_fills_first_and_then_exchanges() -> None:
    pool = ImagePool(2, 2)
    assert exchange(pool, [1, 2, 3], [True] * 3, [0, 0, 1]) == [1, 2, 2]  # the third takes the second's place
    assert exchange(pool, [4, 5], [False, True], [0, 0]) == [4, 1]
    assert exchange(pool, [6, 7], [True, True], [0, 0]) == [5, 6]  # one may be shown in the step that it came in
    assert pool.filled.tolist() == [0, 2]


def test_the_folders_have_pools_of_their_own() -> None:
    pool, always = ImagePool(2, 1), torch.tensor([True, True])
    nowhere = torch.tensor([0, 0])
    assert pool.exchange(greys(1, 2), torch.tensor([0, 1]), always, nowhere)[:, 0, 0, 0].tolist() == [1, 2]
    assert pool.exchange(greys(3, 4), torch.tensor([1, 0]), always, nowhere)[:, 0, 0, 0].tolist() == [2, 1]


def test_without_a_pool_the_newest_fakes_are_shown() -> None:
    assert exchange(ImagePool(2, 0), [1, 2], [True, True], [0, 0]) == [1, 2]


def test_a_full_pool_exchanges_half_of_the_fakes() -> None:
    method, data = by_hand(pool=5), batch([0, 1] * 200)
    method.prepare(data, torch.Generator())
    later = Batch(data.images + 1, data.attributes, data.joint)
    prepared = method.prepare(later, torch.Generator().manual_seed(1))
    earlier = (prepared.shown < 0.7).all((1, 2, 3))
    assert earlier.sum() == 10  # all that there were, by now
    fresh = (prepared.shown == prepared.fakes).all((1, 2, 3))
    assert 0.4 < fresh[1::2].float().mean() < 1
    choice = torch.rand(400, generator=torch.Generator().manual_seed(1)) < 0.5
    assert fresh[~choice].all()


def test_a_resumed_pool_goes_on_as_one_that_was_not_interrupted(tmp_path: Path) -> None:
    torch.manual_seed(0)
    whole, resumed = ImagePool(2, 3), ImagePool(2, 3)
    draws = [
        (torch.randn(4, 3, 6, 5), torch.tensor([0, 1, 1, 0]), torch.rand(4) < 0.5, torch.randint(3, (4,)))
        for _ in range(6)
    ]
    for draw in draws[:3]:
        whole.exchange(*draw)
    write_tensors(tmp_path / "pool", whole.state_dict(), {})
    resumed.load_state_dict(read_tensors(tmp_path / "pool")[0])
    for draw in draws[3:]:
        assert torch.equal(whole.exchange(*draw), resumed.exchange(*draw))


def test_a_pool_can_be_saved_before_its_first_fake(tmp_path: Path) -> None:
    write_tensors(tmp_path / "pool", ImagePool(2, 3).state_dict(), {})
    pool = ImagePool(2, 3)
    pool.load_state_dict(read_tensors(tmp_path / "pool")[0])
    assert exchange(pool, [1, 2], [True, True], [0, 0]) == [1, 2]


def test_the_memory_is_the_pool() -> None:
    method, data = by_hand(), batch([0, 1])
    method.prepare(data, torch.Generator())
    assert method.memory.state_dict()["filled"].tolist() == [1, 1]


class Threads:
    """Processes that train together, played by threads."""

    def __init__(self, world: int) -> None:
        self.barrier, self.values = threading.Barrier(world), [torch.empty(0)] * world
        self.own = threading.local()

    def run(self, work: Callable[[int], Any]) -> list[Any]:
        def started(rank: int) -> Any:
            self.own.rank = rank
            return work(rank)

        with ThreadPoolExecutor(self.barrier.parties) as pool:
            return list(pool.map(started, range(self.barrier.parties)))

    def gather(self, values: Tensor) -> Tensor:
        self.values[self.own.rank] = values.detach()
        self.barrier.wait(120)
        gathered = torch.cat(self.values)
        self.barrier.wait(120)
        return gathered

    def own_rows(self, gathered: Tensor) -> Tensor:
        rows: Tensor = gathered.chunk(self.barrier.parties)[self.own.rank]
        return rows


def two_steps(own: slice) -> tuple[Tensor, dict[str, Tensor]]:
    method, joint = by_hand(pool=1), batch([0, 1, 0, 1])
    for step in range(2):
        images = joint.images + torch.arange(4.0)[:, None, None, None] + 10 * step
        data = Batch(images[own], joint.attributes[own], joint.joint, own.start)
        prepared = method.prepare(data, torch.Generator().manual_seed(3))
    return prepared.shown, method.memory.state_dict()


def test_two_processes_share_one_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, memory = two_steps(slice(0, 4))
    assert shown.min() < 5 < shown.max()  # some of them are from the first step
    processes = Threads(2)
    monkeypatch.setattr(cyclegan, "gather", processes.gather)
    monkeypatch.setattr(cyclegan, "own_rows", processes.own_rows)
    parts = processes.run(lambda rank: two_steps(slice(2 * rank, 2 * rank + 2)))
    assert torch.equal(torch.cat([part for part, _ in parts]), shown)
    assert all(torch.equal(state["images"], memory["images"]) for _, state in parts)


def test_half_precision_leaves_the_scores_and_terms_whole() -> None:
    method = CycleGAN(SEASONS, TINY)
    data = Batch(torch.rand(2, 3, 32, 24), torch.eye(2), torch.eye(2))
    with torch.autocast("cpu", torch.bfloat16):
        prepared = method.prepare(data, torch.Generator())
        terms = method.generator_loss(data, prepared) | method.discriminator_loss(data, prepared)
        assert method.discriminator(prepared.fakes, prepared.target).dtype == torch.float32
    assert {term.dtype for term in terms.values()} == {torch.float32}


def test_it_needs_two_folders() -> None:
    CycleGAN(EDGES, TINY)
    with pytest.raises(ValueError, match="faces is of kind attributes"):
        CycleGAN(FACES, TINY)
    with pytest.raises(ValueError, match="between two folders"):
        CycleGAN(folders("three", ("A", "B", "C")), TINY)


def test_networks_can_be_compiled_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[nn.Module] = []
    monkeypatch.setattr(nn.Module, "compile", lambda self, *_: compiled.append(self))
    network = ByTarget([nn.Identity(), nn.Identity()])
    network.compile()
    assert compiled == list(network.networks)
