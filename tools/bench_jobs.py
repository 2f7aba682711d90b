"""Jobs in numbers: `python -m tools.bench_jobs [--only queue|rate|memory] [--jobs 1000] [--watchers 200]`.

queue: the whole service runs with the release of faces that ships, its worker stopped so that jobs stay queued.
Measured are how long it takes to submit a job to an empty and to a long queue, to list it, and what watching a job's
events costs those who translate photos meanwhile: with and without watchers in turns.
rate and memory: see tools.job_rates. Prints all of it and writes build/bench/jobs.json.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from tools import ROOT, Problem, say
from tools.figures import Row, closed, quantile, warm_up
from tools.job_rates import measure_memory, measure_rates
from tools.machine import machine
from tools.servers import Server, unwind_on_sigterm
from tools.subjects import Subject, portraits, shipped_subject

RESULT = ROOT / "build" / "bench" / "jobs.json"
LISTINGS, ROUNDS, SECONDS = 300, 5, 6.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--watchers", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=10.0, help="of a job and of the API, in each round of rates")
    parser.add_argument("--photos", type=int, nargs="+", default=[10, 1000, 20_000], help="of the jobs for memory")
    parser.add_argument("--only", choices=["queue", "rate", "memory"])
    options = parser.parse_args(arguments)
    parts: dict[str, Callable[[Path], Row]] = {
        "queue": lambda folder: measure_queue(folder, options.jobs, options.watchers, options.rounds),
        "rate": lambda folder: measure_rates(folder, options.rounds, options.seconds),
        "memory": lambda folder: measure_memory(folder, options.photos),
    }
    report: Row = {"machine": machine()}
    try:
        for name, measure in parts.items():
            if options.only in (None, name):
                with tempfile.TemporaryDirectory() as folder:
                    report[name] = measure(Path(folder))
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))
    return 0


def measure_queue(folder: Path, jobs: int, watchers: int, rounds: int) -> Row:
    subject = shipped_subject(folder)
    with subject.ours("auto", folder) as server:
        warm_up(server, subject)
        server.settle()
        with stopped_worker(server), httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
            photo = portraits(1)[0]
            submitting = timed(lambda: submit(client, photo), jobs)
            say(f"{jobs} jobs are queued")
            listing = timed(lambda: client.get("/v1/jobs", params={"limit": 50}).raise_for_status(), LISTINGS)
            job = client.get("/v1/jobs", params={"limit": 1}).json()["jobs"][0]["id"]
            watching = asyncio.run(watched(server, subject, job, watchers, rounds))
    tenth = max(1, jobs // 10)
    return {
        "jobs": jobs,
        "submit_ms": {"first_tenth": median(submitting[:tenth]), "last_tenth": median(submitting[-tenth:])},
        "list_50_ms": {"p50": 1000 * quantile(listing, 0.5), "p99": 1000 * quantile(listing, 0.99)},
        "translation_p99_ms": watching,
    }


def submit(client: httpx.Client, photo: bytes) -> None:
    form = {"attributes": '{"Smiling": true}', "aligned": "true"}
    client.post("/v1/jobs/translations", data=form, files={"images": ("a.jpg", photo)}).raise_for_status()


def timed(call: Callable[[], object], times: int) -> list[float]:
    """Seconds of each call."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return found


def median(seconds: Sequence[float]) -> float:
    """In milliseconds."""
    return 1000 * statistics.median(seconds)


async def watched(server: Server, subject: Subject, job: str, watchers: int, rounds: int) -> Row:
    """The p99 of translations by one client, without and with so many who watch a job; medians of the rounds."""
    alone, beside = [], []
    for number in range(rounds):
        alone.append((await asyncio.to_thread(closed, server, subject, 1, SECONDS))["p99_ms"])
        async with watching(server.url, job, watchers):
            beside.append((await asyncio.to_thread(closed, server, subject, 1, SECONDS))["p99_ms"])
        say(f"round {number + 1}: {alone[-1]:.1f} ms alone, {beside[-1]:.1f} ms beside {watchers} who watch")
    ratio = statistics.median(after / before for before, after in zip(alone, beside, strict=True))
    return {"alone": statistics.median(alone), "watched": statistics.median(beside), "ratio": ratio}


@asynccontextmanager
async def watching(url: str, job: str, watchers: int) -> AsyncIterator[None]:
    """So many connections that are told of a job."""
    limits = httpx.Limits(max_connections=None)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=None, limits=limits, trust_env=False))
        for _ in range(watchers):
            answer = await stack.enter_async_context(client.stream("GET", f"{url}/v1/jobs/{job}/events"))
            answer.raise_for_status()
        yield


@contextmanager
def stopped_worker(server: Server) -> Iterator[None]:
    """Its worker, and all that it started, stand still until the block is left."""
    parents = [each for each in server.tree() if "service worker" in " ".join(each.cmdline())]
    family = [each for parent in parents for each in (parent, *parent.children(recursive=True))]
    for each in family:
        each.suspend()
    try:
        yield
    finally:
        for each in family:
            each.resume()


if __name__ == "__main__":
    unwind_on_sigterm()
    sys.exit(main())
