"""The forward pass alone, in a process of its own: `python -m tools.raw RELEASE NAME`.

For each line "SECONDS BATCH" that it reads it prints, in JSON, how many photos a second both networks get through, how
many milliseconds of a core each costs, and how long a batch takes; how uneven that is, is the machine's doing. They are
called as the service calls them, with its settings (INIT_RUNTIME_THREADS, INIT_RUNTIME_CORES), from as many threads
at once as the runtime allows. No decoding, no encoding, no HTTP.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import torch

from service.engine.runtimes import Runtime
from service.engine.runtimes.choose import loader
from service.settings import Settings
from tools import ROOT, Problem
from tools.figures import quantile
from tools.subjects import runtimes
from training.release import Release, read_release


class Raw:
    """That process; `batches`: sizes of batch that are tried, of which the best counts."""

    def __init__(self, process: subprocess.Popen[str], batches: tuple[int, ...]) -> None:
        self._process, self._batches = process, batches

    def measure(self, seconds: float) -> dict[str, float]:
        """Photos a second, milliseconds of a core for each photo, and the median and p99 of a batch's milliseconds."""
        tried = [self._ask(f"{seconds / len(self._batches)} {batch}") for batch in self._batches]
        return max(tried, key=lambda found: found["per_second"])

    def _ask(self, line: str) -> dict[str, float]:
        source, result = self._process.stdin, self._process.stdout
        assert source is not None
        assert result is not None
        print(line, file=source, flush=True)
        if not (answer := result.readline()):
            raise Problem(f"The bare forward pass ended with {self._process.wait()}; see what was printed above.")
        found: dict[str, float] = json.loads(answer)
        return found


@contextmanager
def raw(release: Release, name: str) -> Iterator[Raw]:
    """Its process, until the block is left; `name`: of the runtime."""
    command = [sys.executable, "-m", "tools.raw", str(release.path), name]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Raw(process, (8, 32, 64) if "cuda" in name else (1,))


def measure(runtime: Runtime, batch: int, seconds: float) -> dict[str, float]:
    """See Raw.measure."""
    height, width = runtime.release.size
    images = runtime.gather([torch.randint(0, 256, (batch, height, width, 3), dtype=torch.uint8)])
    source = torch.zeros(batch, len(runtime.release.domain.attributes))
    target = source.clone()
    target[:, 0] = 1

    def work(_: int) -> list[float]:
        taken: list[float] = []
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end or not taken:
            runtime.predict(images)
            runtime.translate(images, source, target)
            taken.append(time.perf_counter() - begun)
        return taken

    used = time.process_time()
    with ThreadPoolExecutor(runtime.concurrency) as threads:
        found = list(threads.map(work, range(runtime.concurrency)))
    used = time.process_time() - used
    times = [each for taken in found for each in taken]
    return {
        "per_second": sum(batch * len(taken) / sum(taken) for taken in found),
        "core_ms": 1000 * used / (batch * len(times)),
        "p50_ms": 1000 * quantile(times, 0.5),
        "p99_ms": 1000 * quantile(times, 0.99),
    }


def serve(runtime: Runtime, source: IO[str]) -> None:
    for line in source:
        seconds, batch = line.split()
        print(json.dumps(measure(runtime, int(batch), float(seconds))), flush=True)


def main(release: Path, name: str) -> int:
    settings = Settings()
    runtime = loader(settings.model_copy(update={"runtime": runtimes()[name]}))(read_release(release))
    if runtime.name != name:
        print(f"{name} is not what {release} runs on here, but {runtime.name}: {runtime.warnings}", file=sys.stderr)
        return 1
    serve(runtime, sys.stdin)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
