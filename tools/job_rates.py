"""How fast a worker edits the photos of a job beside the API, and how much memory that takes; for tools.bench_jobs.

The same photos go through POST /v1/faces/translate by several clients and through a job, in turns, on one runtime; the
worker has the cores to itself as the API has when it is its turn. Both are also told as the processor time that they
themselves spent on a photo, which others on the machine change little.
"""

import io
import statistics
import time
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psutil
from PIL import Image

from tools import Problem, say
from tools.chaos import album
from tools.figures import Row, closed, warm_up
from tools.servers import Server
from tools.subjects import FIELDS, PHOTO_SIDE, Subject, paper_subject, shipped_subject

CLIENTS, FEWEST, PATIENCE = 8, 32, 7200.0
ALONE = {"WORKER_NICENESS": "0", "MAX_JOB_IMAGES": "1000000"}
TINY = 16  # pixels a side of the photos that memory is measured with
SUBJECTS: tuple[Callable[[Path], Subject], ...] = (paper_subject, shipped_subject)


def measure_rates(folder: Path, rounds: int, seconds: float) -> Row:
    """Photos a second of the worker beside those of the API, for a network of the paper's size and for the shipped."""
    report: Row = {}
    for make in SUBJECTS:
        place = folder / make.__name__
        place.mkdir()
        subject = make(place)
        with subject.ours("auto", place, **ALONE) as server:
            runtime = warm_up(server, subject)
            server.settle()
            with httpx.Client(base_url=server.url, timeout=300, trust_env=False) as client:
                work(server, client, album(CLIENTS, PHOTO_SIDE))  # the worker's child is warm from then on
                report[subject.name] = {"runtime": runtime, **in_turns(server, client, subject, rounds, seconds)}
    return report


def in_turns(server: Server, client: httpx.Client, subject: Subject, rounds: int, seconds: float) -> Row:
    api, job = [ask(server, subject, seconds)], []
    for number in range(rounds):
        photos = max(FEWEST, round(api[-1]["per_second"] * seconds))
        job.append(work(server, client, album(photos, PHOTO_SIDE)))
        api.append(ask(server, subject, seconds))
        say(f"{subject.name}: round {number + 1}: {job[-1]['per_second']:.1f} a second, the API {rate(api[-2:]):.1f}")
    ratios = [each["per_second"] / rate(api[number : number + 2]) for number, each in enumerate(job)]
    core = {name: statistics.median(each["core_ms"] for each in rows) for name, rows in (("api", api), ("job", job))}
    return {
        "api_per_second": rate(api),
        "job_per_second": rate(job),
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "api_core_ms": core["api"],
        "job_core_ms": core["job"],
        "core_ratio": core["api"] / core["job"],
    }


def rate(rows: Sequence[Row]) -> float:
    return statistics.median(float(row["per_second"]) for row in rows)


def ask(server: Server, subject: Subject, seconds: float) -> Row:
    """How fast the API edits for several clients."""
    used = spent(server, "api")
    row = closed(server, subject, CLIENTS, seconds)
    return {**row, "core_ms": 1000 * (spent(server, "api") - used) / row["requests"]}


def spent(server: Server, part: str) -> float:
    """Processor seconds of a part of the service so far, with the processes that it has started."""
    return sum(sum(process.cpu_times()[:2]) for process in family(server, part))


def family(server: Server, part: str) -> list[psutil.Process]:
    parents = [each for each in server.tree() if " ".join(each.cmdline()).endswith(f"service {part}")]
    return [each for parent in parents for each in (parent, *parent.children(recursive=True))]


def work(server: Server, client: httpx.Client, archive: bytes) -> Row:
    """What became of a job of these photos: how fast they were edited, once it was begun."""
    url = begin(client, archive)
    used, end = spent(server, "worker"), time.monotonic() + PATIENCE
    while (job := client.get(url).json())["state"] in ("queued", "running"):
        if time.monotonic() > end:
            raise Problem(f"The job did not end:\n{server.log()}")
        time.sleep(0.5)
    if job["failed"] or job["state"] != "succeeded":
        raise Problem(f"The job {job['state']}, {job['failed']} photos failed:\n{server.log()}")
    used = spent(server, "worker") - used
    took = instant(job["finished_at"]) - instant(job["started_at"])
    client.delete(url).raise_for_status()
    return {"photos": job["total"], "per_second": job["total"] / took, "core_ms": 1000 * used / job["total"]}


def begin(client: httpx.Client, archive: bytes) -> str:
    """A job of a zip of photos; its address."""
    answer = client.post("/v1/jobs/translations", files={"archive": archive}, data=FIELDS)
    return str(answer.raise_for_status().headers["Location"])


def instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def measure_memory(folder: Path, counts: Sequence[int]) -> Row:
    """The memory of the worker's process that edits, with the shipped release, while it is busy with jobs so large."""
    subject = shipped_subject(folder)
    report: Row = {"side": TINY, "jobs": []}
    with (
        subject.ours("auto", folder, **ALONE) as server,
        httpx.Client(base_url=server.url, timeout=600, trust_env=False) as client,
    ):
        warm_up(server, subject)
        for count in counts:
            report["jobs"].append(watched_job(server, client, count))
            say(f"{count} photos: {report['jobs'][-1]}")
    return report


def watched_job(server: Server, client: httpx.Client, count: int) -> Row:
    url = begin(client, tiny_album(count))
    seen, end = list[float](), time.monotonic() + PATIENCE
    job: dict[str, Any] = {"state": "queued"}
    while job["state"] in ("queued", "running"):
        time.sleep(min(1.0, 0.02 * count))
        seen.append(sum(process.memory_info().rss for process in editors(server)) / 2**20)
        job = client.get(url).json()
        if time.monotonic() > end:
            raise Problem(f"The job did not end:\n{server.log()}")
    took = instant(job["finished_at"]) - instant(job["started_at"])
    return {
        "photos": count, "done": job["done"], "seconds": took, "per_second": count / took, "peak_mib": max(seen),
        "quarters_mib": [statistics.median(part) for part in quarters(seen)],
    }  # fmt: skip


def quarters(seen: Sequence[float]) -> list[Sequence[float]]:
    edge = [round(len(seen) * number / 4) for number in range(5)]
    return [part for part in (seen[a:b] for a, b in pairwise(edge)) if part]


def editors(server: Server) -> list[psutil.Process]:
    """The processes of its worker that edit photos."""
    return [each for each in family(server, "worker") if "spawn_main" in " ".join(each.cmdline())]


def tiny_album(count: int) -> bytes:
    """A zip of small photos."""
    photo, file = io.BytesIO(), io.BytesIO()
    Image.radial_gradient("L").resize((TINY, TINY)).convert("RGB").save(photo, "JPEG")
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number:06d}.jpg", photo.getvalue())
    return file.getvalue()
