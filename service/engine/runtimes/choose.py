"""Which runtime runs a release: the fastest that comes near enough to torch in float32 on this machine."""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

import torch

from service.engine.arithmetic import helped
from service.engine.runtimes import Load, Runtime
from service.engine.runtimes.openvino import OpenVINORuntime
from service.engine.runtimes.torch import CudaRuntime, Replicas, TorchRuntime
from service.settings import Settings
from training.checkpoint import CheckpointError
from training.compiled import Models, convert
from training.export import read_exported
from training.fidelity import Example, Thresholds, golden_inputs
from training.release import Release, Translator, load_translator

log = logging.getLogger(__name__)

RuntimeName = Literal["auto", "torch", "openvino-fp32", "openvino-int8"]

INT8 = "openvino-int8"

Candidate = tuple[str, Callable[[], Runtime]]


def loader(settings: Settings) -> Load:
    """`load_runtime` as the settings want it."""
    return partial(
        load_runtime,
        runtime=settings.runtime,
        cores=settings.runtime_cores,
        threads=settings.runtime_threads,
        compiled=settings.compile,
    )


def load_runtime(
    release: Release,
    runtime: RuntimeName = "auto",
    device: str | None = None,
    cores: int = 0,
    threads: int = 0,
    compiled: bool = False,
) -> Runtime:
    """Loads a release for the fastest runtime that passes the golden check.

    Args:
        runtime: where to begin; "auto" at the fastest. One that is refused gives way to the next slower.
        device: "cpu", "cuda" or "cuda:N"; None: all GPUs, a replica on each, or else the CPU.
        cores: that OpenVINO runs images on; 0: all that there are.
        threads: of those, how many run one image; 0: see `threads_for`.
        compiled: whether networks are compiled for a GPU, if that is possible.

    Raises: CheckpointError where the release is damaged, or where no runtime passes.
    """
    translator = load_translator(release, "cpu")
    golden, thresholds = _golden(translator)
    refused: list[str] = []
    for name, load in _candidates(translator, runtime, device, cores, threads, compiled):
        try:
            loaded = _checked(load, golden, thresholds)
        except (RuntimeError, ValueError, OSError, ImportError) as error:  # a driver, a compiler or a file is missing
            refused.append(f"{name} is not used: {(str(error) or type(error).__name__).splitlines()[0]}")
            log.warning("%s/%s: %s", release.domain.name, release.name, refused[-1])
            continue
        loaded.warnings = tuple(refused)
        return loaded
    raise CheckpointError(f"No runtime runs {release.path} as it was trained: {' '.join(refused)}")


def _golden(translator: Translator) -> tuple[Example, Thresholds]:
    """What was written when the release was exported, else what torch makes of the golden picture here and now."""
    release = translator.release
    try:
        exported = read_exported(release)
        return exported.golden, exported.record.thresholds
    except CheckpointError:  # the INT8 networks are refused for it, and that is said
        with helped():
            return Example.of(translator, *golden_inputs(release.domain, release.size)), Thresholds()


def _checked(load: Callable[[], Runtime], golden: Example, thresholds: Thresholds) -> Runtime:
    """The runtime if it passes the golden check. Raises ValueError."""
    loaded = load()
    if missed := golden.measure(loaded, loaded.release.domain).misses(thresholds):
        loaded.close()
        raise ValueError(f"its golden picture is too far from torch's in float32 ({missed}).")
    return loaded


def _candidates(
    translator: Translator, runtime: RuntimeName, device: str | None, cores: int, threads: int, compiled: bool
) -> Iterator[Candidate]:
    """Runtimes that may do, the fastest first."""
    release = translator.release
    if runtime in ("auto", "torch"):
        for name, dtype in (("torch-cuda-bf16", torch.bfloat16), ("torch-cuda-fp32", torch.float32)):
            if gpus := _gpus(device):
                if compiled:
                    yield f"{name}, compiled,", partial(_on_gpus, release, gpus, dtype, True)
                yield name, partial(_on_gpus, release, gpus, dtype, False)
    if runtime in ("auto", INT8):
        yield INT8, partial(_openvino_int8, translator, cores, threads)
    if runtime != "torch":
        yield "openvino-fp32", partial(_openvino_fp32, translator, cores, threads)
    yield TorchRuntime.name, partial(TorchRuntime, translator)


def _gpus(device: str | None) -> list[str]:
    if device is None:
        return [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return [device] if device.startswith("cuda") else []


def _on_gpus(release: Release, gpus: list[str], dtype: torch.dtype, compiled: bool) -> Runtime:
    replicas = [CudaRuntime(release, gpu, dtype, compiled) for gpu in gpus]
    return replicas[0] if len(replicas) == 1 else Replicas(replicas)


def _openvino_int8(translator: Translator, cores: int, threads: int) -> Runtime:
    models = read_exported(translator.release).models()
    return _openvino(INT8, translator, models, cores, threads)


def _openvino_fp32(translator: Translator, cores: int, threads: int) -> Runtime:
    return _openvino("openvino-fp32", translator, convert(translator), cores, threads)


def _openvino(name: str, translator: Translator, models: Models, cores: int, threads: int) -> Runtime:
    release, multiple = translator.release, translator.multiple
    return OpenVINORuntime(name, release, multiple, models, translator.condition, cores, threads or threads_for(name))


def threads_for(name: str) -> int:
    """How many cores run one image, unless the settings say: one, where that is quick enough, gets most done.

    Cores that share an image wait for each other, the more so when they decode and encode others meanwhile. But a photo
    alone is there sooner, which counts where one takes long: in INT8 without AMX, and in float32. See docs/serving.md.
    """
    return 1 if name == INT8 and torch.cpu.get_capabilities().get("amx_int8") else 2
