"""How much of a GPU does the service get photos through? `python -m tools.bench_gpu [--quick]`.

A generator of the paper's size at 256x256 with random weights, JPEGs in and out, as `tools.bench_serve` has them; of
all that it measures the throughput alone, because one process of Python is what ends first beside a GPU. So several
(INIT_API_PROCESSES) are measured too, and each step by itself: both networks without anything else, with the way to the
GPU and back, the engine without HTTP, and decoding and encoding in one thread and in many. LitServe is measured in
every setting of `lit_settings`.

Prints tables and writes build/bench/serve-gpu.json. Without a GPU it measures torch on the CPU, to see that it works.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import torch

from service.engine.heap import keep_freed
from service.up import free_port, valkey_server
from tools import ROOT, Problem, say
from tools.bench_serve import median_row, spread, thawed
from tools.figures import Row, closed, warm_up
from tools.machine import machine
from tools.raw import raw
from tools.serve_report import PLAIN, print_table
from tools.servers import Server, unwind_on_sigterm
from tools.steps import codec, engine, on_device
from tools.subjects import Subject, lit_settings, paper_subject

RESULT = ROOT / "build" / "bench" / "serve-gpu.json"
OURS = "INIT Studio, processes:"
SENDERS = 4  # processes that a crowd of clients is shared out to


@dataclass(frozen=True)
class Scale:
    """How long it is measured: see tools.bench_serve.Scale.

    Attributes:
        processes: numbers of them that are measured.
        clients: at once, of one process and of FastAPI.
        crowd: clients at once of several processes, LitServe's workers too.
    """

    rounds: int = 2
    seconds: float = 1.2
    processes: tuple[int, ...] = (1, 8, 12)
    clients: tuple[int, ...] = (1, 64, 256)
    crowd: tuple[int, ...] = (64, 256)


@dataclass(frozen=True)
class Entry:
    """A server that is measured; `crowd`: whether it has several processes that photos go through."""

    server: Server
    crowd: bool


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small generator and short runs, to see that it works")
    parser.add_argument("--rounds", type=int, default=Scale.rounds)
    parser.add_argument("--output", type=Path, default=RESULT)
    options = parser.parse_args(arguments)
    scale = Scale(1, 0.3, (1, 2), (1, 4), (SENDERS,)) if options.quick else Scale(options.rounds)
    keep_freed()  # as the service does
    torch.set_num_threads(1)  # what is measured in this process are steps of one photo, in threads
    report: Row = {"machine": machine()}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            size = {"width": 8, "blocks": 1, "side": 64} if options.quick else {}
            measure(paper_subject(Path(folder), int8=False, **size), scale, Path(folder), report)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:  # what was measured until then is worth keeping
        options.output.write_text(json.dumps(report, indent=2) + "\n")
        print_report(report)
    print(f"\nWritten to {options.output}")
    return 0


def measure(subject: Subject, scale: Scale, folder: Path, report: Row) -> None:
    """Everything, into `report` as it comes."""
    name = "torch-cuda-bf16" if torch.cuda.is_available() else "torch-cpu-fp32"
    report["codec"] = [codec(subject, threads, scale.seconds) for threads in (1, 4, 16)]
    say("codec: done")
    report["on_device"] = on_device(subject.release, scale.seconds)
    with raw(subject.release, name) as bare:
        report["runtime"] = [bare.measure(2 * scale.seconds) for _ in range(scale.rounds)]
    say("forward pass: done")
    report["engine"] = engine(subject, scale.crowd, scale.seconds)
    say("engine without HTTP: done")
    with ExitStack() as stack:
        broker = stack.enter_context(valkey())
        servers = entries(subject, scale, broker, folder)
        stack.enter_context(running(subject, [entry.server for entry in servers.values()]))
        report["ready_seconds"] = {name: entry.server.ready_seconds for name, entry in servers.items()}
        rows: dict[tuple[str, int], list[Row]] = {}
        for number in range(scale.rounds):
            for name, entry in servers.items():
                for clients in scale.crowd if entry.crowd else scale.clients:
                    with thawed(entry.server, subject):
                        found = closed(entry.server, subject, clients, scale.seconds, SENDERS if entry.crowd else 1)
                    rows.setdefault((name, clients), []).append(found)
                    say(f"round {number + 1}, {name}, {clients} clients: {found['per_second']:.0f} a second")
            report["throughput"] = [{"server": key[0], **median_row(found)} for key, found in rows.items()]


def entries(subject: Subject, scale: Scale, broker: str, folder: Path) -> dict[str, Entry]:
    """The service in one process and in several, and the rivals."""
    servers = {}
    for count in scale.processes:
        # The rivals refuse nobody either.
        more = {"INIT_API_PROCESSES": str(count), "INIT_MAX_WAITING": str(max(*scale.clients, *scale.crowd))}
        servers[f"{OURS} {count}"] = Entry(subject.api(f"api-{count}", broker, folder, **more), count > 1)
    servers[PLAIN] = Entry(subject.plain(folder), crowd=False)
    for setting in lit_settings():
        made = folder / f"lit-{setting.batch}-{setting.workers}"
        made.mkdir()
        servers[f"LitServe, {setting.workers} workers of {setting.batch}"] = Entry(
            subject.litserve(setting, made), crowd=True
        )
    return servers


@contextmanager
def running(subject: Subject, servers: Sequence[Server]) -> Iterator[None]:
    """All servers, started and stopped at once: each has had its first requests, and is frozen."""
    entered: list[Server] = []

    def begin(server: Server) -> None:
        server.__enter__()
        entered.append(server)
        ran = warm_up(server, subject)
        say(f"{server.name} is ready{ran and f', on {ran}'}")
        server.freeze()

    with ThreadPoolExecutor(len(servers)) as threads:
        try:
            for done in [threads.submit(begin, server) for server in servers]:
                done.result()
            say("all servers have started")
            yield
        finally:
            list(threads.map(lambda server: server.__exit__(None, None, None), entered))


@contextmanager
def valkey() -> Iterator[str]:
    """A broker for API processes, which are not ready without one; its address."""
    port = free_port()
    command = [valkey_server(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--loglevel", "nothing"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def print_report(report: Row) -> None:
    """Tables of what there is, and the ratios that are asked for."""
    print("\n" + ", ".join(f"{name} {value}" for name, value in report["machine"].items()))
    for title in ("codec", "on_device", "runtime", "engine"):
        print(f"\n{title}")
        print_table(report.get(title, []))
    shown = ("server", "clients", "per_second", "p50_ms", "p99_ms", "core_ms", "requests", "failed", "client_share")
    rows = report.get("throughput", [])
    print("\nthroughput; ready in", report.get("ready_seconds"))
    print_table([{key: row[key] for key in shown} for row in rows])
    print("\nwhere the time of a request goes, median, ms")
    print_table([{"server": row["server"], "clients": row["clients"], **row["stages_ms"]} for row in rows])
    with suppress(ValueError, KeyError):  # there are none yet
        for name, value in ratios(report).items():
            print(f"{name}: {value:.2f}")


def ratios(report: Row) -> dict[str, float]:
    """The best of the service beside the best LitServe, FastAPI and the networks alone."""

    def best(word: str) -> float:
        return max(float(row["per_second"]) for row in report["throughput"] if row["server"].startswith(word))

    ours, bare = best("INIT"), max(float(row["per_second"]) for row in report["on_device"])
    through = float(spread(report["runtime"])["per_second"])
    return {
        "INIT Studio, the best / LitServe, the best": ours / best("LitServe"),
        "INIT Studio, the best / FastAPI": ours / best("FastAPI"),
        "INIT Studio, the best / both networks alone": ours / bare,
        "INIT Studio, the best / both networks with the way to the GPU": ours / through,
    }


if __name__ == "__main__":
    unwind_on_sigterm()
    sys.exit(main())
