"""The forward pass alone, in a process of its own: `python -m tools.raw RELEASE NAME`.

For each line that it reads, in JSON the name of a function in MEASURES and what that is given, it prints, in JSON too,
what that found. Both networks are called as the service calls them, with its settings (INIT_RUNTIME_THREADS,
INIT_RUNTIME_CORES), from as many threads at once as the runtime allows. No decoding, no encoding, no HTTP: how uneven
it is, is the machine's doing.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
        tried = [self._ask("throughput", seconds / len(self._batches), batch) for batch in self._batches]
        return max(tried, key=lambda found: found["per_second"])

    def latency(self, capacity: float, alone: float, loaded: float) -> dict[str, float]:
        """As tools.figures.latency: "p99_over_unloaded_p50", and milliseconds."""
        return self._ask("latency", 0.8 * capacity, alone, loaded)

    def _ask(self, *line: str | float) -> dict[str, float]:
        source, result = self._process.stdin, self._process.stdout
        assert source is not None
        assert result is not None
        print(json.dumps(line), file=source, flush=True)
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


def forward(runtime: Runtime, batch: int) -> Callable[[], float]:
    """Runs both networks on pictures of noise; how many seconds that took."""
    height, width = runtime.release.size
    images = runtime.gather([torch.randint(0, 256, (batch, height, width, 3), dtype=torch.uint8)])
    source = torch.zeros(batch, len(runtime.release.domain.attributes))
    target = source.clone()
    target[:, 0] = 1

    def run() -> float:
        begun = time.perf_counter()
        runtime.predict(images)
        runtime.translate(images, source, target)
        return time.perf_counter() - begun

    return run


def again(run: Callable[[], float], seconds: float) -> list[float]:
    """What `run` returns, again and again."""
    end, taken = time.perf_counter() + seconds, [run()]
    while time.perf_counter() < end:
        taken.append(run())
    return taken


def throughput(runtime: Runtime, seconds: float, batch: int) -> dict[str, float]:
    """See Raw.measure."""
    run = forward(runtime, batch)
    used = time.process_time()
    with ThreadPoolExecutor(runtime.concurrency) as threads:
        found = list(threads.map(lambda _: again(run, seconds), range(runtime.concurrency)))
    used = time.process_time() - used
    times = [each for taken in found for each in taken]
    return {
        "per_second": sum(batch * len(taken) / sum(taken) for taken in found),
        "core_ms": 1000 * used / (batch * len(times)),
        "p50_ms": 1000 * quantile(times, 0.5),
        "p99_ms": 1000 * quantile(times, 0.99),
    }


def latency(runtime: Runtime, rate: float, alone: float, loaded: float) -> dict[str, float]:
    """See Raw.latency: one after another, then `rate` a second, evenly spaced, each timed from when it was due."""
    run = forward(runtime, 1)
    unloaded = 1000 * quantile(again(run, alone), 0.5)
    with ThreadPoolExecutor(runtime.concurrency) as threads:
        start = time.perf_counter()

        def answer(due: float) -> float:
            run()
            return time.perf_counter() - start - due

        answers = []
        for due in (i / rate for i in range(max(1, int(rate * loaded)))):
            time.sleep(max(0.0, due - (time.perf_counter() - start)))
            answers.append(threads.submit(answer, due))
        p99 = 1000 * quantile([each.result() for each in answers], 0.99)
    return {"unloaded_p50_ms": unloaded, "p99_ms": p99, "p99_over_unloaded_p50": p99 / unloaded}


MEASURES: dict[str, Callable[..., dict[str, float]]] = {"throughput": throughput, "latency": latency}


def serve(runtime: Runtime, source: IO[str]) -> None:
    for line in source:
        name, *given = json.loads(line)
        print(json.dumps(MEASURES[name](runtime, *given)), flush=True)


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
