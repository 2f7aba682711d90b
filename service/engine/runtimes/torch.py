"""torch as a runtime: float32 on a CPU, bfloat16 and CUDA graphs on a GPU, a replica on each of several GPUs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from queue import LifoQueue
from threading import Lock

import torch
from torch import Tensor, nn

from service.engine.arithmetic import helped
from service.engine.heap import keep_activations
from service.engine.runtimes import Change, Runtime
from training.images import levels, normalise
from training.networks.pairs import parts
from training.release import Release, Translator, load_translator

BATCHES, LARGEST_PIXELS = (1, 2, 4, 8, 12, 16, 24, 32), 2**21
"""How many images a GPU runs at once, and the most pixels of them; what is more is run in parts."""

COMPILED = (1, 8, 16, 24, 32)
"""The same of a compiled network: each size takes ten seconds to compile, the first time."""

_MOST_COMPILED = 256
"""Sizes, of all releases, for which a process compiles: torch gives up at eight of one sort of network."""

_recording = Lock()
"""Graphs are recorded one at a time: torch's generators of random numbers know of one recording alone."""


class TorchRuntime(Runtime):
    """torch on a CPU in float32, one image after another: in a batch, the bits of an image change with its size."""

    name = "torch-cpu-fp32"
    concurrency = 1
    warnings: tuple[str, ...] = ()

    def __init__(self, translator: Translator) -> None:
        keep_activations()
        self.release, self.multiple = translator.release, translator.multiple
        self._translator = translator
        self._lock = Lock()  # torch gives every calling thread helpers of its own

    def predict(self, images: Tensor) -> Tensor:
        """See Runtime."""
        with self._lock, helped():
            return torch.cat([self._translator.predict(image) for image in images.split(1)])

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """See Runtime."""
        rows = zip(images.split(1), source.split(1), target.split(1), strict=True)
        with self._lock, helped():
            return torch.cat([self._translator.translate(*row) for row in rows])

    def close(self) -> None:
        """See Runtime."""


class CudaRuntime(Runtime):
    """torch on one GPU: channels_last, and a CUDA graph for each network and each size of batch at the release's size.

    Pictures go there and come back as bytes, and become floats and bytes there.

    Batches are padded to the next of a few sizes, so that few graphs serve all and an image's bits depend on that size
    alone. Images of other sizes, which may be of any, are run without graphs. Which network an image goes through is
    decided on the CPU.

    Some calls may run at once: while the images of one are worked on, those of others go to the GPU, or come back.

    Args:
        device: "cuda" or "cuda:N".
        dtype: of weights and features; the golden check tells whether a release bears bfloat16.
        compiled: whether torch compiles generators first (Inductor), for which it needs Triton and a C compiler. What
            comes of it is kept on the disk, in TORCHINDUCTOR_CACHE_DIR. Classifiers take too little to be worth it.
    """

    concurrency = 3
    warnings: tuple[str, ...] = ()

    def __init__(self, release: Release, device: str, dtype: torch.dtype, compiled: bool = False) -> None:
        translator = load_translator(release, device)
        self.release, self.multiple = release, translator.multiple
        self.name = "torch-cuda-bf16" if dtype == torch.bfloat16 else "torch-cuda-fp32"
        self._condition = translator.condition
        self._device = translator.device
        height, width = release.size
        shapes = ((3, height, width), (len(release.domain.attributes),))
        networks = parts(translator.generator)
        takes = shapes[: 1 if len(networks) > 1 else 2]
        graphed = partial(_Graphed, device=self._device, dtype=dtype)
        sizes = _batches(release.size, COMPILED if compiled else BATCHES)
        self._classifier = graphed(translator.classifier, shapes=shapes[:1], sizes=_batches(release.size, BATCHES))
        self._generators = [graphed(each, shapes=takes, sizes=sizes, compiled=compiled) for each in networks]

    def predict(self, images: Tensor) -> Tensor:
        """See Runtime."""
        return self._classifier(images).float().sigmoid()

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """See Runtime."""
        condition = self._condition(source, target)
        if len(self._generators) == 1:
            return self._generators[0](images, condition).to(images.dtype)
        result, named = torch.empty_like(images), condition.argmax(1)
        for folder in named.unique().tolist():
            result[named == folder] = self._generators[folder](images[named == folder]).to(images.dtype)
        return result

    def gather(self, pictures: Sequence[Tensor]) -> Tensor:
        """See Runtime."""
        shape = sum(len(each) for each in pictures), *pictures[0].shape[1:]
        # One operation: after each, a thread has to get Python's lock again.
        return torch.cat(tuple(pictures), out=torch.empty(shape, dtype=torch.uint8, pin_memory=True))

    def close(self) -> None:
        """See Runtime."""
        torch.cuda.synchronize(self._device)  # a graph must not go while it runs
        for network in (self._classifier, *self._generators):
            network.clear()


def _batches(size: tuple[int, int], counts: Sequence[int]) -> tuple[int, ...]:
    """How many images (H, W) one run takes: those of `counts` within LARGEST_PIXELS, but one at least."""
    return tuple(each for each in counts if each == 1 or each * size[0] * size[1] <= LARGEST_PIXELS)


def _compiled(network: nn.Module) -> Callable[..., Tensor]:
    """The network, to be compiled for each shape that it first sees. Whatever cannot be is an error."""
    torch._dynamo.config.recompile_limit = _MOST_COMPILED
    return torch.compile(network, dynamic=False, fullgraph=True)


@cache
def _side_stream(device: torch.device) -> torch.cuda.Stream:
    """Where graphs are recorded: one for all, since cuBLAS keeps memory for each stream that it has seen.

    Nothing is run there, so nothing writes to that memory but graphs, one after another in the default stream. The
    stream that torch would take by itself is of the device on which something was recorded first.
    """
    return torch.cuda.Stream(device)


class _Graphed:
    """A network on a GPU, recorded for batches of some sizes; inputs and outputs are on the CPU.

    Of pictures (B, H, W, 3), uint8, it makes pictures; else its outputs are of its type.

    All that is asked of a GPU goes into its one default stream, so it happens in the order in which it was asked for,
    and what asks has to wait for nothing but its own result.

    Args:
        shapes: of one row of each input, for which it is recorded.
        sizes: of batches, ascending; more images than the last are run in parts.
        compiled: whether what is recorded is compiled; images of other sizes are run as the network is.
    """

    def __init__(
        self,
        network: nn.Module,
        device: torch.device,
        dtype: torch.dtype,
        shapes: Sequence[tuple[int, ...]],
        sizes: Sequence[int],
        compiled: bool = False,
    ) -> None:
        self._network: Callable[..., Tensor] = network.to(dtype)
        self._recorded = _compiled(network) if compiled else self._network
        self._device, self._dtype, self._shapes, self._sizes = device, dtype, tuple(shapes), tuple(sizes)
        self._lock = Lock()  # what a graph reads is written, and the graph put behind it, by one thread at a time
        # One memory for all graphs of a network: they run one after another, and each one's output is copied at once.
        self._pool = torch.cuda.graph_pool_handle()
        self._graphs = {size: self._record(size) for size in reversed(sizes)}  # smaller ones fit into its memory

    @torch.inference_mode()
    def __call__(self, *inputs: Tensor) -> Tensor:
        with torch.cuda.device(self._device):
            rows = zip(*(each.split(self._sizes[-1]) for each in inputs), strict=True)
            begun = [self._begin([each.contiguous().pin_memory() for each in row]) for row in rows]
            outputs = []
            for output, done in begun:
                done.synchronize()
                outputs.append(output)
        return torch.cat(outputs) if len(outputs) > 1 else outputs[0]

    def clear(self) -> None:
        """Frees the graphs' memory."""
        self._graphs.clear()

    def _begin(self, inputs: Sequence[Tensor]) -> tuple[Tensor, torch.cuda.Event]:
        """Asks for a batch in pinned memory; its output, which is there once the event has happened."""
        count = len(inputs[0])
        padded = next(size for size in self._sizes if size >= count)
        with self._lock:
            given = [self._moved(each) for each in inputs]
            recorded = tuple(tuple(each.shape[1:]) for each in given) == self._shapes
            result = (self._replay(given, padded) if recorded else self._run(given, padded))[:count]
            if inputs[0].dtype == torch.uint8 and result.dim() == 4:
                result = levels(result).permute(0, 2, 3, 1)
            result = result.contiguous()
            host = torch.empty(result.shape, dtype=result.dtype, pin_memory=True)
            host.copy_(result, non_blocking=True)
            done = torch.cuda.Event(blocking=True)  # who waits for it leaves the core to others
            done.record()
        return host, done

    def _moved(self, given: Tensor) -> Tensor:
        """On the GPU; pictures as (B, 3, H, W) in [-1, 1]."""
        there = given.to(self._device, non_blocking=True)
        return normalise(there.permute(0, 3, 1, 2)) if given.dtype == torch.uint8 else there

    def _replay(self, inputs: Sequence[Tensor], padded: int) -> Tensor:
        graph, held, output = self._graphs[padded]
        for place, each in zip(held, inputs, strict=True):
            place[: len(each)].copy_(each)
        graph.replay()
        return output

    def _run(self, inputs: Sequence[Tensor], padded: int) -> Tensor:
        places = [self._place(padded, each.shape[1:]) for each in inputs]
        for place, each in zip(places, inputs, strict=True):
            place[: len(each)].copy_(each)
        return self._network(*places)

    @torch.inference_mode()
    def _record(self, batch: int) -> tuple[torch.cuda.CUDAGraph, list[Tensor], Tensor]:
        """A graph, the inputs that it reads and the output that it writes."""
        with _recording, torch.cuda.device(self._device):
            held = [self._place(batch, shape) for shape in self._shapes]
            for _ in range(3):  # libraries set themselves up, which cannot be recorded
                self._recorded(*held)
            graph, side = torch.cuda.CUDAGraph(), _side_stream(self._device)
            # Other threads may be at work on the GPU, for another release.
            with torch.cuda.graph(graph, pool=self._pool, stream=side, capture_error_mode="thread_local"):
                output = self._recorded(*held)
        return graph, held, output

    def _place(self, batch: int, shape: Sequence[int]) -> Tensor:
        layout = torch.channels_last if len(shape) == 3 else torch.contiguous_format
        place = torch.empty((batch, *shape), dtype=self._dtype, device=self._device, memory_format=layout)
        return place.zero_()


class Replicas(Runtime):
    """The same release on several GPUs, each call on one that is free."""

    warnings: tuple[str, ...] = ()

    def __init__(self, runtimes: Sequence[Runtime]) -> None:
        self._all = tuple(runtimes)
        first = self._all[0]
        self.release, self.name, self.multiple = first.release, first.name, first.multiple
        self.concurrency = sum(runtime.concurrency for runtime in self._all)
        self._free: LifoQueue[Runtime] = LifoQueue()
        for turn in range(max(runtime.concurrency for runtime in self._all)):  # so that neighbours are on other GPUs
            for runtime in self._all:
                if turn < runtime.concurrency:
                    self._free.put(runtime)

    def predict(self, images: Tensor) -> Tensor:
        """See Runtime."""
        with self._one() as runtime:
            return runtime.predict(images)

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """See Runtime."""
        with self._one() as runtime:
            return runtime.translate(images, source, target)

    def edit(self, images: Tensor, changes: Sequence[Change]) -> Tensor:
        """See Runtime."""
        with self._one() as runtime:
            return runtime.edit(images, changes)

    def gather(self, pictures: Sequence[Tensor]) -> Tensor:
        """See Runtime."""
        return self._all[0].gather(pictures)

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
