"""MST draws and runs the chains of Eq. 9-10."""

import pytest
import torch
from torch import Tensor

from training.domains import FACES
from training.hops import draw_attributes, draw_chains, translate_chains

HAIR = slice(0, 3)


def attributes(batch: int, seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    values = (torch.rand(batch, 10, generator=random) < 0.5).float()
    values[:, HAIR] = torch.nn.functional.one_hot(torch.randint(3, (batch,), generator=random), 3).float()
    return values


@pytest.mark.parametrize("hops", [1, 2, 3, 4])
def test_chain_n_has_n_hops_and_ends_at_the_target(hops: int) -> None:
    target = attributes(4)
    chains = draw_chains(target, hops, lambda: attributes(4, seed=1))
    assert [len(chain) for chain in chains] == list(range(1, hops + 1))
    assert all(chain[-1] is target for chain in chains)
    assert all(torch.equal(vector, attributes(4, seed=1)) for chain in chains for vector in chain[:-1])


def test_each_chain_starts_at_the_source_and_passes_on_its_fake_in_one_pass_a_step() -> None:
    calls: list[tuple[list[float], ...]] = []

    def generate(images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        calls.append(tuple(values.flatten().tolist() for values in (images, source, target)))
        return images * 10 + target

    targets = [torch.tensor([[float(value)]]) for value in (1, 2, 3)]
    chains = translate_chains(generate, torch.zeros(1, 1), torch.tensor([[9.0]]), [[targets[0]], targets[1:]])
    # The generator sees the image so far, the attributes that it has and those that it ought to have.
    assert calls == [([0, 0], [9, 9], [1, 2]), ([2], [2], [3])]
    assert [[hop.images.item() for hop in chain] for chain in chains] == [[1], [2, 23]]
    assert [[hop.target.item() for hop in chain] for chain in chains] == [[1], [2, 3]]


def test_gradients_run_through_the_whole_chain() -> None:
    images = torch.ones(1, 1, requires_grad=True)
    vectors = [torch.ones(1, 1)] * 3
    chains = translate_chains(lambda image, _source, _target: image * 2, images, vectors[0], [vectors])
    chains[0][-1].images.backward()
    assert images.grad is not None
    assert images.grad.item() == 8


def test_permuted_targets_are_the_batch_s_own_vectors() -> None:
    own = attributes(8)
    drawn = draw_attributes(own, FACES, 0.0, torch.Generator().manual_seed(3))
    assert sorted(drawn.tolist()) == sorted(own.tolist())


def test_toggled_targets_keep_one_hair_colour_and_toggle_the_rest() -> None:
    own = attributes(512)
    drawn = draw_attributes(own, FACES, 0.25, torch.Generator().manual_seed(3))
    assert (drawn[:, HAIR].sum(1) == 1).all()
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    changed = (drawn != own)[:, 3:].float().mean(0)
    assert ((changed > 0.17) & (changed < 0.33)).all()


def test_draws_repeat_for_a_seed() -> None:
    own = attributes(8)
    draws = [draw_attributes(own, FACES, 0.5, torch.Generator().manual_seed(7)) for _ in range(2)]
    assert torch.equal(draws[0], draws[1])
