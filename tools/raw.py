"""The forward pass alone, in a process of its own: `python -m tools.raw RELEASE NAME`.

For each line "SECONDS BATCH" that it reads it prints how many photos a second both networks get through, called as the
service calls them: from as many threads at once as the runtime allows. No decoding, no encoding, no HTTP.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import torch

from service.engine.runtimes import Runtime
from service.engine.runtimes.choose import load_runtime
from tools import ROOT, Problem
from tools.subjects import runtimes
from training.release import Release, read_release


class Raw:
    """That process; `batches`: sizes of batch that are tried, of which the best counts."""

    def __init__(self, process: subprocess.Popen[str], batches: tuple[int, ...]) -> None:
        self._process, self._batches = process, batches

    def rate(self, seconds: float) -> float:
        """Photos a second."""
        return max(self._ask(f"{seconds / len(self._batches)} {batch}") for batch in self._batches)

    def _ask(self, line: str) -> float:
        source, result = self._process.stdin, self._process.stdout
        assert source is not None
        assert result is not None
        print(line, file=source, flush=True)
        if not (answer := result.readline()):
            raise Problem("The forward pass alone could not be measured; see above.")
        return float(answer)


@contextmanager
def raw(release: Release, name: str) -> Iterator[Raw]:
    """Its process, until the block is left; `name`: of the runtime."""
    command = [sys.executable, "-m", "tools.raw", str(release.path), name]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Raw(process, (8, 32, 64) if "cuda" in name else (1,))


def rate(runtime: Runtime, batch: int, seconds: float) -> float:
    """Photos a second through both networks."""
    height, width = runtime.release.size
    images = torch.rand(batch, 3, height, width) * 2 - 1
    source = torch.zeros(batch, len(runtime.release.domain.attributes))
    target = source.clone()
    target[:, 0] = 1
    done, start = [0] * runtime.concurrency, time.perf_counter()

    def work(i: int) -> None:
        while time.perf_counter() - start < seconds:
            runtime.predict(images)
            runtime.translate(images, source, target)
            done[i] += batch

    threads = [threading.Thread(target=work, args=(i,)) for i in range(runtime.concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - start)


def serve(runtime: Runtime, source: IO[str]) -> None:
    for line in source:
        seconds, batch = line.split()
        print(rate(runtime, int(batch), float(seconds)), flush=True)


def main(release: Path, name: str) -> int:
    runtime = load_runtime(read_release(release), runtimes()[name])
    if runtime.name != name:
        print(f"{name} is not what {release} runs on here, but {runtime.name}: {runtime.warnings}", file=sys.stderr)
        return 1
    serve(runtime, sys.stdin)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
