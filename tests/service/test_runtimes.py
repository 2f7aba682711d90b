"""Runtimes: near torch in float32, the same bits for an image whatever else is asked, and none that is wrong."""

import hashlib
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from torch import Tensor

from service.engine.runtimes import Runtime, choose
from service.engine.runtimes.choose import load_runtime, threads_for
from service.engine.runtimes.torch import Replicas, TorchRuntime
from service.settings import Settings
from tests.training.releases import make_release
from training.checkpoint import CheckpointError, read_json, read_tensors, write_json, write_tensors
from training.export import GOLDEN, RECORD, export_runtimes
from training.fidelity import draw, psnr
from training.presets import PRESETS
from training.registry import Registry
from training.release import Release, load_translator, read_release

PRESET = {"attributes": "debug/init", "pairs": "debug/pix2pix"}


@pytest.fixture(scope="module", params=PRESET)
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release with one network for all changes, and one with a network for each direction."""
    preset = PRESET[request.param]
    path = tmp_path_factory.mktemp(request.param) / PRESETS[preset].domain.name / "one"
    made, _, _ = make_release(path, size=(64, 64), preset=preset)
    pictures = torch.stack([draw(made.size, seed) for seed in range(100, 110)])
    export_runtimes(path, pictures[:6], pictures[6:])
    return made


@pytest.fixture(scope="module", params=["torch", "openvino-fp32", "openvino-int8"])
def runtime(request: pytest.FixtureRequest, release: Release) -> Iterator[Runtime]:
    loaded = load_runtime(release, request.param, "cpu", cores=2, threads=1)
    assert loaded.name.startswith(request.param)
    assert loaded.warnings == ()
    yield loaded
    loaded.close()


def photos(release: Release, count: int, size: tuple[int, int] = (64, 64)) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(5)
    images = torch.rand(count, 3, *size, generator=random) * 2 - 1
    source = torch.eye(len(release.domain.attributes))[torch.arange(count) % 2]
    return images, source, source.roll(1, 1)


@pytest.mark.parametrize("size", [(64, 64), (128, 64)])
def test_a_runtime_does_what_torch_does(runtime: Runtime, release: Release, size: tuple[int, int]) -> None:
    images, source, target = photos(release, 3, size)
    translator = load_translator(release, "cpu")
    translated = runtime.translate(images, source, target)
    assert translated.dtype == torch.float32
    int8 = runtime.name == "openvino-int8"
    assert psnr(translated, translator.translate(images, source, target)).min() > (30 if int8 else 60)
    assert psnr(translated, images).max() < 50  # it does something
    assert torch.allclose(runtime.predict(images), translator.predict(images), atol=0.1 if int8 else 1e-4)


def test_an_image_s_bits_depend_on_nothing_else(runtime: Runtime, release: Release) -> None:
    images, source, target = photos(release, 6)
    together = runtime.translate(images, source, target)
    alone = [runtime.translate(*row) for row in zip(images.split(1), source.split(1), target.split(1), strict=True)]
    assert torch.equal(torch.cat(alone), together)
    assert torch.equal(torch.cat([runtime.predict(image) for image in images.split(1)]), runtime.predict(images))


def test_an_image_s_bits_are_the_same_from_every_thread(runtime: Runtime, release: Release) -> None:
    images, source, target = photos(release, 2)
    with ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(runtime.translate, images, source, target) for _ in range(16)]
        results = [call.result() for call in calls]
    assert all(torch.equal(result, results[0]) for result in results)


def test_the_fastest_that_passes_serves(release: Release) -> None:
    loaded = load_runtime(release, "auto", "cpu")
    assert loaded.name == "openvino-int8"
    assert loaded.warnings == ()
    loaded.close()


@pytest.mark.parametrize("domain", ["faces", "seasons", "edges"])
def test_what_ships_runs_in_int8(domain: str) -> None:
    shipped = Registry(Settings().releases_dir).current(domain)
    assert shipped is not None
    loaded = load_runtime(shipped, "auto", "cpu", cores=1)
    assert loaded.name == "openvino-int8", loaded.warnings
    loaded.close()


def test_damaged_networks_give_way_to_float32(release: Release, tmp_path: Path) -> None:
    path = Path(shutil.copytree(release.path, tmp_path / "one"))
    network = path / "runtimes" / "generator-0.bin"
    network.write_bytes(network.read_bytes()[:-8])
    loaded = load_runtime(read_release(path), "auto", "cpu")
    assert loaded.name == "openvino-fp32"
    assert len(loaded.warnings) == 1
    assert "generator-0.bin is missing or not as runtimes.json says" in loaded.warnings[0]
    loaded.close()


def test_a_release_without_networks_says_how_to_make_them(release: Release, tmp_path: Path) -> None:
    path = Path(shutil.copytree(release.path, tmp_path / "one", ignore=shutil.ignore_patterns("runtimes")))
    loaded = load_runtime(read_release(path), "auto", "cpu")
    assert loaded.name == "openvino-fp32"
    assert f"python -m training export {path} --data DIR" in loaded.warnings[0]
    loaded.close()


def test_a_machine_that_does_not_run_it_as_it_was_measured_is_found_out(release: Release, tmp_path: Path) -> None:
    path = Path(shutil.copytree(release.path, tmp_path / "one"))
    tensors, meta = read_tensors(path / "runtimes" / GOLDEN)
    write_tensors(path / "runtimes" / GOLDEN, tensors | {"translated": -tensors["translated"]}, meta)
    record = read_json(path / "runtimes" / RECORD)
    record["files"][GOLDEN] = hashlib.sha256((path / "runtimes" / GOLDEN).read_bytes()).hexdigest()
    write_json(path / "runtimes" / RECORD, record)
    with pytest.raises(CheckpointError, match="openvino-int8 is not used: its golden picture is too far"):
        load_runtime(read_release(path), "auto", "cpu")


def test_a_runtime_that_cannot_be_loaded_gives_way(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    def convert(_: object) -> None:
        raise RuntimeError("no compiler\nand a long trace")

    monkeypatch.setattr(choose, "convert", convert)
    loaded = load_runtime(release, "openvino-fp32", "cpu")
    assert loaded.name == "torch-cpu-fp32"
    assert any("openvino-fp32 is not used: no compiler" in warning for warning in loaded.warnings)


class Uncompiled(TorchRuntime):
    """As if on a GPU of a machine without a C compiler."""

    name = "torch-cuda-bf16"

    def __init__(self, release: Release, device: str, dtype: torch.dtype, compiled: bool) -> None:
        if compiled:
            raise RuntimeError("Failed to find C compiler.\nand a long trace")
        super().__init__(load_translator(release, "cpu"))


@pytest.mark.parametrize("compiled", [True, False])
def test_networks_that_cannot_be_compiled_for_a_gpu_run_as_they_are(
    release: Release, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose, "CudaRuntime", Uncompiled)
    monkeypatch.setattr(choose, "_gpus", lambda device: ["cuda:0"])
    loaded = load_runtime(release, compiled=compiled)
    assert type(loaded) is Uncompiled
    refused = "torch-cuda-bf16, compiled, is not used: Failed to find C compiler."
    assert loaded.warnings == ((refused,) if compiled else ())


class Wrong(TorchRuntime):
    """Translates everything to grey."""

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        return torch.zeros_like(images)


class Sick(TorchRuntime):
    """Predicts what is no number."""

    def predict(self, images: Tensor) -> Tensor:
        return super().predict(images) * torch.nan


@pytest.mark.parametrize("kind", [Wrong, Sick])
def test_a_runtime_that_is_wrong_does_not_serve(
    release: Release, kind: type[TorchRuntime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose, "_openvino_fp32", lambda translator, cores, threads: kind(translator))
    loaded = load_runtime(release, "openvino-fp32", "cpu")
    assert type(loaded) is TorchRuntime
    assert any("too far from torch's" in warning for warning in loaded.warnings)


@pytest.mark.parametrize(
    ("name", "amx", "threads"),
    [("openvino-int8", True, 1), ("openvino-int8", False, 2), ("openvino-fp32", True, 2), ("openvino-fp32", False, 2)],
)
def test_an_image_has_two_cores_where_one_would_take_long(
    name: str, amx: bool, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_int8": amx})
    assert threads_for(name) == threads


def test_elsewhere_than_on_x86_nobody_asks_for_amx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"neon": True})
    assert threads_for("openvino-int8") == 2


@pytest.mark.parametrize(("cores", "threads", "at_once"), [(4, 0, 2), (4, 1, 4), (1, 0, 1), (5, 2, 2)])
def test_as_many_images_at_once_as_the_cores_allow(release: Release, cores: int, threads: int, at_once: int) -> None:
    loaded = load_runtime(release, "openvino-fp32", "cpu", cores=cores, threads=threads)
    assert loaded.concurrency == at_once
    loaded.close()


def test_torch_on_a_cpu_alone_keeps_what_it_computes_with(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("service.engine.runtimes.torch.keep_activations", lambda: asked.append(True))
    load_runtime(release, "openvino-fp32", "cpu").close()
    assert not asked, "OpenVINO has memory of its own"
    load_runtime(release, "torch", "cpu").close()
    assert asked


def test_replicas_share_the_calls(tmp_path: Path) -> None:
    release, _, _ = make_release(tmp_path / "one")
    made = [TorchRuntime(load_translator(release, "cpu")) for _ in range(2)]
    replicas = Replicas(made)
    assert replicas.concurrency == 2
    images, source, target = photos(release, 1, (32, 24))
    with ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(replicas.translate, images, source, target) for _ in range(8)]
        assert all(torch.equal(call.result(), made[0].translate(images, source, target)) for call in calls)
    assert torch.equal(replicas.predict(images), made[0].predict(images))
