"""A release run by OpenVINO on a CPU: its networks converted from torch in memory, or read from IR files.

An image's bits depend neither on what else is asked at the same time nor on who asks: every image is run alone, and
every stream has the same number of threads.
"""

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import LifoQueue
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .folding import fold_condition
from .networks.pairs import parts
from .release import Translator

if TYPE_CHECKING:  # imported where it is used: a service on a GPU has no need of it
    from .offline import openvino as ov

CLASSIFIER = "classifier"

Array = NDArray[np.float32]
Models = Mapping[str, "ov.Model"]
"""OpenVINO's form of a release's networks, by name: "generator-0", ... (see networks.pairs.parts) and CLASSIFIER."""


def generator(part: int) -> str:
    """The name of a generator's network number `part`."""
    return f"generator-{part}"


def convert(translator: Translator) -> "dict[str, ov.Model]":
    """The networks of a release for OpenVINO, in float32 and for images of any size; see Models."""
    count, networks = len(translator.release.domain.attributes), parts(translator.generator)
    # What is traced holds for every size, and a small one is done soon.
    images = torch.zeros(1, 3, *[max(32, translator.multiple)] * 2)
    inputs = (images,) if len(networks) > 1 else (images, torch.zeros(1, count))
    models = {generator(part): trace(network, inputs) for part, network in enumerate(networks)}
    return models | {CLASSIFIER: trace(translator.classifier, (images,))}


def trace(network: nn.Module, inputs: tuple[Tensor, ...]) -> "ov.Model":
    """A network for OpenVINO, given an image (1, 3, H, W) and perhaps a condition (1, n), for images of any size."""
    from .offline import openvino as ov

    with warnings.catch_warnings():
        # torch would rather have its exporter used, which takes a minute where tracing takes a second.
        warnings.filterwarnings("ignore", category=FutureWarning, message="`torch.jit")
        warnings.filterwarnings("ignore", category=DeprecationWarning, message="`torch.jit")
        warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)  # type: ignore[attr-defined]
        # Its own check would run everything twice more; the golden picture is the check here.
        traced = torch.jit.trace(network, inputs, check_trace=False)
        model = ov.convert_model(traced, example_input=inputs)
    shapes = [[1, 3, -1, -1], [1, -1]][: len(inputs)]
    model.reshape({place: ov.PartialShape(shape) for place, shape in enumerate(shapes)})
    return model


class CompiledTranslator:
    """A release's networks compiled for this CPU; as release.Translator, but to be called from any thread.

    Args:
        models: its networks; see Models.
        condition: what the generator sees of attributes, Translator.condition.
        size: (H, W), for which they are compiled at once; for any other when it first comes.
        cores: that images are run on; 0: all that this process may use.
        threads: of those, how many run one image.

    Attributes:
        streams: images that are run at once.
    """

    def __init__(
        self,
        models: Models,
        condition: Callable[[Tensor, Tensor], Tensor],
        size: tuple[int, int],
        cores: int = 0,
        threads: int = 1,
    ) -> None:
        self.streams = max(1, (cores or usable_cores()) // threads)
        self._condition = condition
        folded = {name: fold_condition(model) for name, model in models.items()}
        networks = {name: _Network(model, size, self.streams, threads) for name, model in folded.items()}
        self._classifier = networks.pop(CLASSIFIER)
        self._generators = [networks[generator(part)] for part in range(len(networks))]
        self._threads = ThreadPoolExecutor(self.streams, "openvino")

    def predict(self, images: Tensor) -> Tensor:
        """As Translator.predict."""
        return self._each(self._predict, images).sigmoid()

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """As Translator.translate."""
        return self._each(self._translate, images, self._condition(source, target))

    def close(self) -> None:
        """Lets go of its threads."""
        self._threads.shutdown(wait=False)

    def _each(self, run: Callable[..., Array], *batches: Tensor) -> Tensor:
        """`run` on every image of a batch alone, as many at once as there are streams."""
        rows = zip(*(batch.split(1) for batch in batches), strict=True)
        arrays = [[tensor.float().contiguous().numpy() for tensor in row] for row in rows]
        results = self._threads.map(lambda row: run(*row), arrays) if len(arrays) > 1 else [run(*arrays[0])]
        return torch.from_numpy(np.concatenate(list(results)))

    def _predict(self, image: Array) -> Array:
        return self._classifier.run(image)

    def _translate(self, image: Array, condition: Array) -> Array:
        if len(self._generators) == 1:
            return self._generators[0].run(image, condition)
        return self._generators[int(condition.argmax())].run(image)


class _Network:
    """One network, compiled for one size of images and, once another comes, for all."""

    def __init__(self, model: "ov.Model", size: tuple[int, int], streams: int, threads: int) -> None:
        self._model, self._size, self._streams = model, size, streams
        self._properties = {
            "NUM_STREAMS": streams,
            "INFERENCE_NUM_THREADS": streams * threads,
            "INFERENCE_PRECISION_HINT": "f32",
            "ENABLE_CPU_PINNING": False,  # the codec's threads and other processes have these cores too
            # What is made ready for a size of photos stays. Where 5000 may, as is the default, 600 sizes took 1.4 GiB
            # more memory, with this 0.7 GiB, and no longer.
            "CPU_RUNTIME_CACHE_CAPACITY": 1000,
        }
        self._lock = Lock()
        self._at_size = self._compile(size)
        self._at_any: LifoQueue[ov.InferRequest] | None = None

    def run(self, image: Array, *more: Array) -> Array:
        """The output for one image (1, 3, H, W); waits while all streams are taken."""
        requests = self._requests(image.shape[2:])
        request = requests.get()
        try:
            request.infer([image, *more], share_inputs=True)
            result: Array = request.get_output_tensor().data.copy()
            return result
        finally:
            requests.put(request)

    def _requests(self, size: tuple[int, ...]) -> "LifoQueue[ov.InferRequest]":
        if size == self._size:
            return self._at_size
        with self._lock:
            self._at_any = self._at_any or self._compile((-1, -1))
            return self._at_any

    def _compile(self, size: tuple[int, int]) -> "LifoQueue[ov.InferRequest]":
        from .offline import openvino as ov

        model = self._model.clone()
        model.reshape({0: ov.PartialShape([1, 3, *size])})
        compiled = ov.Core().compile_model(model, "CPU", self._properties)
        requests: LifoQueue[ov.InferRequest] = LifoQueue()
        for _ in range(self._streams):
            requests.put(compiled.create_infer_request())
        return requests


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_models(folder: Path, names: Iterable[str]) -> "dict[str, ov.Model]":
    """Networks from NAME.xml and NAME.bin. Raises RuntimeError where OpenVINO cannot read one."""
    from .offline import openvino as ov

    core = ov.Core()
    return {name: core.read_model(folder / f"{name}.xml") for name in names}


def write_model(model: "ov.Model", path: Path) -> None:
    """Writes a network to `path`, NAME.xml, and NAME.bin beside it; numbers lose half of their precision."""
    from .offline import openvino as ov

    ov.save_model(model, path)
