"""torch on a GPU: near float32, the same bits with and without graphs and among any neighbours, and its fallbacks."""

import asyncio
import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from torch import Tensor

from service.engine.engine import Engine
from service.engine.orders import Order
from service.engine.runtimes import as_rows, choose
from service.engine.runtimes.choose import load_runtime
from service.engine.runtimes.torch import BATCHES, CudaRuntime
from service.settings import Settings
from tests.service.photos import jpeg
from tests.service.releases import tiny_release
from tests.training.releases import make_release
from training.domains import apply_change, decide
from training.fidelity import psnr
from training.images import to_pictures, to_tensors
from training.presets import PRESETS
from training.release import Release, load_translator

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")

PRESET = {"attributes": "debug/init", "pairs": "debug/pix2pix"}
SIZE = (64, 64)


@pytest.fixture(scope="module", params=PRESET)
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release with one network for all changes, and one with a network for each direction."""
    preset = PRESET[request.param]
    path = tmp_path_factory.mktemp(request.param) / PRESETS[preset].domain.name / "one"
    return make_release(path, size=SIZE, preset=preset)[0]


@pytest.fixture(scope="module")
def runtime(release: Release) -> Iterator[CudaRuntime]:
    loaded = load_runtime(release)
    assert loaded.name == "torch-cuda-bf16"
    assert loaded.warnings == ()
    assert isinstance(loaded, CudaRuntime)  # of one GPU
    yield loaded
    loaded.close()


def photos(release: Release, count: int, size: tuple[int, int] = SIZE, seed: int = 5) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    images = torch.rand(count, 3, *size, generator=random) * 2 - 1
    source = torch.eye(len(release.domain.attributes))[torch.arange(count) % 2]
    return images, source, source.roll(1, 1)


@pytest.mark.parametrize(("count", "size"), [(1, SIZE), (3, SIZE), (70, SIZE), (3, (128, 64))])
def test_it_does_what_torch_does_on_a_cpu(
    runtime: CudaRuntime, release: Release, count: int, size: tuple[int, int]
) -> None:
    images, source, target = photos(release, count, size)
    translator = load_translator(release, "cpu")
    translated = runtime.translate(images, source, target)
    assert (translated.dtype, translated.device.type, translated.shape) == (torch.float32, "cpu", images.shape)
    assert psnr(translated, translator.translate(images, source, target)).min() > 45
    assert psnr(translated, images).max() < 50  # it does something
    assert torch.allclose(runtime.predict(images), translator.predict(images), atol=0.02)


@pytest.mark.parametrize("count", [*BATCHES, 3, 40])
def test_graphs_give_the_bits_of_the_same_batch_without_them(
    runtime: CudaRuntime, release: Release, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = photos(release, count)
    graphed = runtime.translate(*given), runtime.predict(given[0])
    for network in (runtime._classifier, *runtime._generators):
        monkeypatch.setattr(network, "_shapes", ())  # as if it had been recorded for another size
    assert torch.equal(runtime.translate(*given), graphed[0])
    assert torch.equal(runtime.predict(given[0]), graphed[1])


@pytest.mark.timeout(300)
def test_compiled_it_does_the_same(release: Release) -> None:
    translator, held = load_translator(release, "cpu"), []
    for _ in range(3):
        loaded = load_runtime(release, compiled=True)
        assert loaded.name == "torch-cuda-bf16"
        assert loaded.warnings == ()
        for count, size in ((1, SIZE), (3, SIZE), (40, SIZE), (2, (128, 64))):
            given = photos(release, count, size)
            assert psnr(loaded.translate(*given), translator.translate(*given)).min() > 45
        images, source, target = photos(release, 8)
        source, target = source[:1].expand_as(source), target[:1].expand_as(target)  # one network for all
        together, few = loaded.translate(images, source, target), loaded.translate(images[3:], source[3:], target[3:])
        assert torch.equal(few, together[3:])  # padded to eight
        loaded.close()
        del loaded
        gc.collect()
        torch.cuda.empty_cache()
        held.append(torch.cuda.memory_reserved())
    assert held[2] <= held[1]


@pytest.mark.parametrize(("count", "size"), [(1, SIZE), (5, SIZE), (40, SIZE), (3, (128, 64))])
def test_pictures_go_and_come_back_as_bytes(
    runtime: CudaRuntime, release: Release, count: int, size: tuple[int, int]
) -> None:
    images, source, target = photos(release, count, size)
    pictures = to_pictures(images)
    images = to_tensors(pictures)
    given = runtime.gather([pictures[:1], pictures[1:]])
    assert torch.equal(given, pictures)
    assert torch.equal(runtime.predict(given), runtime.predict(images))
    made = runtime.translate(given, source, target)
    assert torch.equal(made, to_pictures(runtime.translate(images, source, target)))


def test_an_edit_is_what_its_steps_are(runtime: CudaRuntime, release: Release) -> None:
    images, _, _ = photos(release, 3)
    domain, name = release.domain, release.domain.attributes[0]
    sources = [decide(domain, each) for each in runtime.predict(images).tolist()]
    targets = [apply_change(domain, source, {name: True}) for source in sources]
    expected = runtime.translate(images, as_rows(sources), as_rows(targets))
    assert torch.equal(runtime.edit(images, [{name: True}] * 3), expected)


def test_an_image_s_bits_depend_on_the_padded_size_of_its_batch_alone(runtime: CudaRuntime, release: Release) -> None:
    images, source, target = photos(release, 8)
    source, target = source[:1].expand_as(source), target[:1].expand_as(target)  # one network for all
    together = runtime.translate(images, source, target)
    others = photos(release, 8, seed=6)[0]
    for place in (0, 3, 7):
        moved = others.clone()
        moved[place] = images[3]
        assert torch.equal(runtime.translate(moved, source, target)[place], together[3])
        assert torch.equal(runtime.predict(moved)[place], runtime.predict(images)[3])
    few = runtime.translate(images[3:8], source[3:8], target[3:8])  # padded to eight
    assert torch.equal(few, together[3:8])
    alone = runtime.translate(images[3:4], source[:1], target[:1])
    assert psnr(alone, together[3:4]).min() > 45


def test_threads_do_not_meet(runtime: CudaRuntime, release: Release) -> None:
    given = [photos(release, count, size, seed=count) for count in (1, 2, 7, 32, 50) for size in (SIZE, (128, 64))]
    expected = [(runtime.translate(*each), runtime.predict(each[0])) for each in given]

    def work(number: int) -> bool:
        each = given[number % len(given)]
        translated, predicted = runtime.translate(*each), runtime.predict(each[0])
        wanted = expected[number % len(given)]
        return torch.equal(translated, wanted[0]) and torch.equal(predicted, wanted[1])

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(200)))


def test_while_another_release_is_loaded_results_stay_the_same(runtime: CudaRuntime, release: Release) -> None:
    given = photos(release, 5)
    expected = runtime.translate(*given)
    with ThreadPoolExecutor(1) as threads:
        loading = threads.submit(load_runtime, release)
        rounds = 0
        while not loading.done() or rounds < 10:
            assert torch.equal(runtime.translate(*given), expected)
            rounds += 1
    other = loading.result()
    assert other.name == "torch-cuda-bf16", other.warnings
    assert torch.equal(other.translate(*given), expected)
    other.close()


def test_what_was_loaded_and_closed_leaves_no_memory(release: Release) -> None:
    held = []
    for _ in range(3):
        load_runtime(release).close()
        gc.collect()
        torch.cuda.empty_cache()
        held.append(torch.cuda.memory_reserved())
    assert held[2] <= held[1]


def test_where_bfloat16_is_too_far_off_float32_serves(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    class Spoiled(CudaRuntime):
        def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
            made = super().translate(images, source, target)
            return made if self.name == "torch-cuda-fp32" else made + 0.1

    monkeypatch.setattr(choose, "CudaRuntime", Spoiled)
    loaded = load_runtime(release)
    assert loaded.name == "torch-cuda-fp32"
    assert any("torch-cuda-bf16 is not used: its golden picture is too far" in each for each in loaded.warnings)
    loaded.close()


def test_a_service_edits_many_at_once(tmp_path: Path) -> None:
    tiny_release(tmp_path)
    engine, order = Engine(Settings(releases_dir=tmp_path)), Order({"Smiling": True})
    engine.pool.refresh()
    photo = jpeg()

    async def several(count: int) -> list[bytes]:
        edits = await asyncio.gather(*(engine.translate_soon("faces", photo, order) for _ in range(count)))
        assert {edit.runtime for edit in edits} == {"torch-cuda-bf16"}
        return [edit.data for edit in edits]

    try:
        assert len(set(asyncio.run(several(1)) + asyncio.run(several(1)))) == 1
        assert len(asyncio.run(several(48))) == 48
    finally:
        engine.close()


def test_without_memory_the_cpu_serves(release: Release) -> None:
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1e-6)
    try:
        loaded = load_runtime(release)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert "cuda" not in loaded.name
    assert any("torch-cuda-bf16 is not used: " in each for each in loaded.warnings)
    loaded.close()
