"""What a load on a server says, as rows of numbers: throughput, latency, stages, behaviour under overload."""

import math
import statistics
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tools import Problem
from tools.load import CUT, REFUSED, Plan, run
from tools.servers import Server
from tools.subjects import Subject

SAMPLE_SECONDS = 1.0
Row = dict[str, Any]


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed; 0 of none."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else 0.0


def warm_up(server: Server, subject: Subject) -> str:
    """Sends the first requests; the name of what ran them. Raises Problem where one fails."""
    load = run(Plan(server.port, subject.requests, clients=4, count=8, headers=("x-runtime",)))
    if load.counts() != {200: 8}:
        raise Problem(f"{server.name} answers {load.counts()}; its last words:\n{server.log()}")
    return load.headers["x-runtime"][-1]


def closed(server: Server, subject: Subject, clients: int, seconds: float, senders: int = 1) -> Row:
    """Each client asks again as soon as it is answered; `senders` are the processes that they are shared out to."""
    plan = Plan(server.port, subject.requests, clients // senders, seconds=seconds, headers=("server-timing",))
    used = server.processor_seconds()
    with ThreadPoolExecutor(senders) as threads:
        loads = list(threads.map(run, [plan] * senders))
    used, times = server.processor_seconds() - used, [each for load in loads for each in load.latencies()]
    return {
        "clients": senders * plan.clients,
        "per_second": sum(load.rate() for load in loads),
        "requests": len(times),
        "failed": sum(len(load.status) for load in loads) - len(times),
        "p50_ms": 1000 * quantile(times, 0.5),
        "p99_ms": 1000 * quantile(times, 0.99),
        "core_ms": 1000 * used / max(1, len(times)),  # of a core for each photo: others on the machine change it little
        "client_share": sum(load.spent / load.elapsed for load in loads),  # of one core
        "stages_ms": stages([timing for load in loads for timing in load.headers["server-timing"]]),
    }


def stages(timings: Sequence[str]) -> dict[str, float]:
    """The median of each stage in Server-Timing headers, milliseconds."""
    found: dict[str, list[float]] = {}
    for entry in (entry for timing in timings for entry in timing.split(",") if "dur=" in entry):
        name, _, rest = entry.strip().partition(";")
        found.setdefault(name, []).append(float(rest.partition("dur=")[2].partition(";")[0]))
    return {name: statistics.median(values) for name, values in found.items()}


def latency(server: Server, subject: Subject, capacity: float, alone: float, loaded: float) -> Row:
    """One request at a time for `alone` seconds, then evenly spaced arrivals at 80 % of `capacity` for `loaded`."""
    first = closed(server, subject, 1, alone)
    rate = 0.8 * capacity
    load = run(Plan(server.port, subject.requests, rate=rate, seconds=loaded))
    times = load.latencies()
    p99 = 1000 * quantile(times, 0.99)
    return {
        "unloaded": {key: first[key] for key in ("requests", "failed", "p50_ms", "p99_ms")},
        "at_80_percent": {
            "arrivals_per_second": rate,
            "requests": len(times),
            "failed": len(load.status) - len(times),
            "p50_ms": 1000 * quantile(times, 0.5),
            "p99_ms": p99,
        },
        "p99_over_unloaded_p50": p99 / first["p50_ms"],
        "p99_over_unloaded_p99": p99 / first["p99_ms"],
    }


def overload(server: Server, subject: Subject, peak: float, seconds: float) -> Row:
    """Ten times as many arrivals as `peak`, evenly spaced."""
    with Memory(server) as memory:
        plan = Plan(server.port, subject.requests, rate=10 * peak, seconds=seconds, headers=("retry-after",))
        load = run(plan, limit=seconds + 300)
    refused = [i for i, status in enumerate(load.status) if status in REFUSED]
    return {
        "arrivals_per_second": 10 * peak,
        "peak_per_second": peak,
        "goodput_per_second": load.rate(),
        "goodput_over_peak": load.rate() / peak,
        "statuses": {str(status): count for status, count in sorted(load.counts().items())},
        "unanswered": load.counts().get(CUT, 0),
        "accepted_p99_ms": 1000 * quantile(load.latencies(), 0.99),
        "refusal_p50_ms": 1000 * quantile([load.latency[i] for i in refused], 0.5),
        "refusal_p99_ms": 1000 * quantile([load.latency[i] for i in refused], 0.99),
        "refused_without_retry_after": sum(not load.headers["retry-after"][i] for i in refused),
        "client_share": load.spent / load.elapsed,
        "memory_mib": memory.mebibytes,
        "memory_growth": growth(memory.mebibytes),
    }


class Memory:
    """The memory of a server, read every second while the block lasts."""

    def __init__(self, server: Server) -> None:
        self._server, self._ended = server, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.mebibytes: list[float] = []

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self.mebibytes.append(self._server.memory() / 2**20)


def growth(memory: Sequence[float]) -> float:
    """The last quarter's mean beside that of the second quarter, by when a server is warm: 0.01 is 1 % more."""
    quarter = len(memory) // 4
    if not quarter:
        return 0.0
    return statistics.mean(memory[-quarter:]) / statistics.mean(memory[quarter : 2 * quarter]) - 1
