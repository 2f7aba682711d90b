"""OpenVINO as a runtime: a release's networks on a CPU, each image alone on one of several streams."""

from collections.abc import Callable

from torch import Tensor

from service.engine.runtimes import Runtime
from training.compiled import CompiledTranslator, Models
from training.release import Release


class OpenVINORuntime(CompiledTranslator, Runtime):
    """A CompiledTranslator as a Runtime; as many calls at once as it has streams."""

    warnings: tuple[str, ...] = ()

    def __init__(
        self,
        name: str,
        release: Release,
        multiple: int,
        models: Models,
        condition: Callable[[Tensor, Tensor], Tensor],
        cores: int,
        threads: int,
    ) -> None:
        super().__init__(models, condition, release.size, cores, threads)
        self.name, self.release, self.multiple, self.concurrency = name, release, multiple, self.streams
