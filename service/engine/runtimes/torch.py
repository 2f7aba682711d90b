"""torch as a runtime: float32 on a CPU, bfloat16 and CUDA graphs on a GPU, a replica on each of several GPUs."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import LifoQueue
from threading import Lock

import torch
from torch import Tensor, nn

from service.engine.runtimes import Runtime
from training.networks.pairs import parts
from training.release import Release, Translator, load_translator

GRAPHS = 24
"""CUDA graphs that are kept for each network, the last used; each holds the memory of one run at its shape."""

LARGEST_BATCH = 32
"""Images that one graph takes, a power of two; a larger batch is run in parts."""


class TorchRuntime:
    """torch on a CPU in float32, one image after another: in a batch, the bits of an image change with its size."""

    name = "torch-cpu-fp32"
    concurrency = 1
    warnings: tuple[str, ...] = ()

    def __init__(self, translator: Translator) -> None:
        self.release, self.multiple = translator.release, translator.multiple
        self._translator = translator
        self._lock = Lock()  # torch gives every calling thread helpers of its own

    def predict(self, images: Tensor) -> Tensor:
        """See Runtime."""
        with self._lock:
            return torch.cat([self._translator.predict(image) for image in images.split(1)])

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """See Runtime."""
        rows = zip(images.split(1), source.split(1), target.split(1), strict=True)
        with self._lock:
            return torch.cat([self._translator.translate(*row) for row in rows])

    def close(self) -> None:
        """See Runtime."""


class CudaRuntime:
    """torch on one GPU: channels_last, and a CUDA graph for each network and shape.

    Batches are padded to the next power of two, so that few graphs serve all and an image's bits depend on that size
    alone. Which network an image goes through is decided on the CPU, outside of the graphs.

    Args:
        device: "cuda" or "cuda:N".
        dtype: of weights and features; the golden check tells whether a release bears bfloat16.
    """

    concurrency = 1
    warnings: tuple[str, ...] = ()

    def __init__(self, release: Release, device: str, dtype: torch.dtype) -> None:
        translator = load_translator(release, device)
        self.release, self.multiple = release, translator.multiple
        self.name = "torch-cuda-bf16" if dtype == torch.bfloat16 else "torch-cuda-fp32"
        self._condition = translator.condition
        self._lock = Lock()
        self._classifier = _Graphed(translator.classifier, translator.device, dtype)
        self._generators = [_Graphed(part, translator.device, dtype) for part in parts(translator.generator)]
        self._warm()

    def predict(self, images: Tensor) -> Tensor:
        """See Runtime."""
        with self._lock:
            return self._classifier(images).sigmoid()

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """See Runtime."""
        condition = self._condition(source, target)
        with self._lock:
            if len(self._generators) == 1:
                return self._generators[0](images, condition)
            result, named = torch.empty_like(images), condition.argmax(1)
            for folder in named.unique().tolist():
                result[named == folder] = self._generators[folder](images[named == folder])
            return result

    def close(self) -> None:
        """See Runtime."""
        for network in (self._classifier, *self._generators):
            network.clear()

    def _warm(self) -> None:
        """Records every size of batch at the release's size, so that no photo waits for it."""
        images = torch.zeros(LARGEST_BATCH, 3, *self.release.size)
        condition = torch.zeros(LARGEST_BATCH, len(self.release.domain.attributes))
        inputs = (images,) if len(self._generators) > 1 else (images, condition)
        for power in range(LARGEST_BATCH.bit_length()):
            self._classifier(images[: 1 << power])
            for network in self._generators:
                network(*(each[: 1 << power] for each in inputs))


class _Graphed:
    """A network on a GPU, recorded once for each shape and then replayed; inputs and outputs are on the CPU."""

    def __init__(self, network: nn.Module, device: torch.device, dtype: torch.dtype) -> None:
        self._network = network.to(dtype)
        self._device, self._dtype = device, dtype
        # One memory for all graphs of a network: only one of them is replayed at a time, and its output copied at once.
        self._pool = torch.cuda.graph_pool_handle()
        self._graphs: OrderedDict[tuple[int, ...], Callable[[Sequence[Tensor]], Tensor]] = OrderedDict()

    @torch.inference_mode()
    def __call__(self, *inputs: Tensor) -> Tensor:
        return torch.cat(
            [self._run(part) for part in zip(*(each.split(LARGEST_BATCH) for each in inputs), strict=True)]
        )

    def clear(self) -> None:
        """Frees the graphs' memory."""
        self._graphs.clear()

    def _run(self, inputs: Sequence[Tensor]) -> Tensor:
        count = len(inputs[0])
        padded = 1 << (count - 1).bit_length()
        shape = (padded, *inputs[0].shape[2:])
        if shape not in self._graphs:
            self._graphs[shape] = self._record([each[:1].expand(padded, *each.shape[1:]) for each in inputs])
            if len(self._graphs) > GRAPHS:
                self._graphs.popitem(last=False)
        self._graphs.move_to_end(shape)
        result: Tensor = self._graphs[shape](inputs)[:count].float().cpu()
        return result

    def _record(self, examples: Sequence[Tensor]) -> Callable[[Sequence[Tensor]], Tensor]:
        held = [self._move(each) for each in examples]
        with torch.cuda.device(self._device):
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(3):  # libraries set themselves up, which cannot be recorded
                    self._network(*held)
            torch.cuda.current_stream().wait_stream(side)
            graph = torch.cuda.CUDAGraph()
            # Other threads may be at work on the GPU, for another release.
            with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
                output: Tensor = self._network(*held)

        def replay(inputs: Sequence[Tensor]) -> Tensor:
            with torch.cuda.device(self._device):
                for place, each in zip(held, inputs, strict=True):
                    place[: len(each)].copy_(each.pin_memory().to(self._device, non_blocking=True))
                graph.replay()
                return output

        return replay

    def _move(self, each: Tensor) -> Tensor:
        moved = each.to(self._device, self._dtype)
        return moved.contiguous(memory_format=torch.channels_last) if moved.ndim == 4 else moved.contiguous()


class Replicas:
    """The same release on several GPUs, each call on one that is free."""

    warnings: tuple[str, ...] = ()

    def __init__(self, runtimes: Sequence[Runtime]) -> None:
        self._all = tuple(runtimes)
        first = self._all[0]
        self.release, self.name, self.multiple = first.release, first.name, first.multiple
        self.concurrency = sum(runtime.concurrency for runtime in self._all)
        self._free: LifoQueue[Runtime] = LifoQueue()
        for runtime in self._all:
            for _ in range(runtime.concurrency):
                self._free.put(runtime)

    def predict(self, images: Tensor) -> Tensor:
        """See Runtime."""
        with self._one() as runtime:
            return runtime.predict(images)

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """See Runtime."""
        with self._one() as runtime:
            return runtime.translate(images, source, target)

    def close(self) -> None:
        """See Runtime."""
        for runtime in self._all:
            runtime.close()

    @contextmanager
    def _one(self) -> Iterator[Runtime]:
        runtime = self._free.get()
        try:
            yield runtime
        finally:
            self._free.put(runtime)
