"""Every generator can be compiled whole, as the service does for a GPU; what the compiler makes of it is torch's."""

from pathlib import Path

import pytest
import torch

from tests.training.releases import make_release
from training.networks.pairs import parts
from training.presets import PRESETS

SIZE = (64, 64)


@pytest.mark.parametrize("preset", [name for name in PRESETS if name.startswith("debug/")])
def test_a_generator_is_one_graph(preset: str, tmp_path: Path) -> None:
    domain = PRESETS[preset].domain
    _, generator, _ = make_release(tmp_path / domain.name / "one", size=SIZE, preset=preset)
    networks = parts(generator)
    images, condition = torch.rand(2, 3, *SIZE) * 2 - 1, torch.zeros(2, len(domain.attributes))
    takes = (images, condition) if len(networks) == 1 else (images,)
    for network in networks:
        # The same tracing, without the code that would need a compiler.
        traced = torch.compile(network, backend="eager", dynamic=False, fullgraph=True)
        assert torch.equal(traced(*takes), network(*takes))
