"""The kind of job "training": the commands of `python -m training`, one after another, watched while they run.

φ and a classifier where the recipe needs them, the training itself, scores on held-out photos, a release with INT8
networks. Each is a process of its own, so that nothing here imports torch. What is done is told by files that appear
whole: whoever takes the job over goes on from there, and the trainer from its checkpoint, bit for bit.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from service.errors import NO_ROOM
from service.jobs.models import Job
from service.jobs.observer import Observer
from service.jobs.seats import Seats
from service.jobs.store import JobStore
from service.jobs.tasks import Task, publish, tasks

LEASH = Path(__file__).with_name("leash.py")
ROOT = Path(__file__).resolve().parents[2]  # where the package `training` is found
TICK_SECONDS = 1.0
MOST_GRACE = 7.0  # seconds that a step and its checkpoint get when a training is stopped


@dataclass(frozen=True)
class Workshop:
    """Where trainings run.

    Attributes:
        store, seats: jobs, and what they run on.
        folder: of the runs, one a job.
        cache: of decoded photos, for all.
        releases: where releases go.
        devices: what this machine offers, by seat: cpu or numbers of GPUs, one a process, separated by commas.
        lease: seconds.
        stopping: set once whoever runs this is about to end.
    """

    store: JobStore
    seats: Seats
    folder: Path
    cache: Path
    releases: Path
    devices: Mapping[str, str]
    lease: float
    stopping: threading.Event = field(default_factory=threading.Event)


class Interrupted(Exception):
    """The job is to be left: cancelled, lost to another worker, or because this one is about to end."""


class Failed(Exception):
    """A command ended badly; what it said."""


def train_next(shop: Workshop) -> str | None:
    """Runs the training whose turn it is, if a seat is free; its id if it was begun and has more to do elsewhere."""
    seat = shop.seats.claim(list(shop.devices), shop.lease)
    if seat is None:
        return None
    try:
        while not shop.stopping.is_set() and (job_id := shop.store.next("training")):
            if owner := shop.store.take(job_id, shop.lease):
                more = _Training(shop, shop.store.get(job_id), owner, seat).run()
                return job_id if more else None
        return None
    finally:
        shop.seats.leave(*seat)


class _Training:
    """One job, while this worker has it."""

    def __init__(self, shop: Workshop, job: Job, owner: str, seat: tuple[str, str]) -> None:
        self._shop, self._job, self._owner, self._seat = shop, job, owner, seat
        self._folder = shop.folder / job.id
        self._devices = shop.devices[seat[0]].split(",")
        self._observer = Observer(shop.store, job, self._folder)
        self._renewed = time.monotonic()

    def run(self) -> bool:
        """Whether the job has more to do, for another worker."""
        end = self._shop.store.end
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for task in tasks(self._job, self._folder, self._shop.cache, len(self._devices)):
                if not task.is_done():
                    self._do(task)
            self._renew()
            outcome = publish(self._job, self._folder, self._shop.releases)
            end(self._job.id, self._owner, "succeeded", outcome=outcome)
        except Interrupted:
            return self._leave()
        except Failed as error:
            end(self._job.id, self._owner, "failed", str(error))
        except OSError as error:
            no_room = "There is no room left on the disk; make some, then retry the job."
            end(self._job.id, self._owner, "failed", no_room if error.errno in NO_ROOM else _told(error))
        return False

    def _do(self, task: Task) -> None:
        output = self._folder / f"{task.name}.log"
        self._observer.begin(task.name)
        with _leashed(task.command, output, self._environment(), min(MOST_GRACE, self._shop.lease / 3)) as process:
            while not _ended(process, min(TICK_SECONDS, self._shop.lease / 6)):
                self._observer.look()
                self._renew()
        self._observer.look()
        if process.returncode and not task.optional:
            raise Failed(_sentence(output, process.returncode))
        if task.name == "training" and self._observer.progress["step"] < self._job.options["steps"]:
            raise Failed("The training was stopped before its end; retry the job, and it goes on from there.")

    def _renew(self) -> None:
        """Keeps the job and the seat; raises Interrupted where that is not to be."""
        shop = self._shop
        if shop.stopping.is_set():
            raise Interrupted
        state = shop.store.renew(self._job.id, self._owner, shop.lease, self._observer.progress)
        if state != "running" or not shop.seats.renew(*self._seat, shop.lease):
            raise Interrupted

    def _leave(self) -> bool:
        shop = self._shop
        state = shop.store.renew(self._job.id, self._owner, shop.lease, self._observer.progress)
        if state == "cancelling":
            shop.store.end(self._job.id, self._owner, "cancelled")
        elif state == "running":
            shop.store.release(self._job.id, self._owner)
        return state == "running"

    def _environment(self) -> dict[str, str]:
        gpus = "" if "cpu" in self._devices else ",".join(self._devices)
        # Its bar would fill the log: a line a minute says enough.
        return os.environ | {"CUDA_VISIBLE_DEVICES": gpus, "TQDM_MININTERVAL": "60", "PYTHONUNBUFFERED": "1"}


@contextmanager
def _leashed(
    command: list[str], output: Path, environment: Mapping[str, str], grace: float
) -> Iterator["subprocess.Popen[bytes]"]:
    """A command that ends with the block, or with this process, however that ends."""
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEASH), str(grace), *command],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=dict(environment),
            start_new_session=True,
        )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def _ended(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _told(error: OSError) -> str:
    """What the system says no with, and of what."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def _sentence(output: Path, status: int) -> str:
    """What a command said last of its error."""
    said = output.read_text(errors="replace").replace("\r", "\n")
    errors = [part for part in said.split("\nerror: ")[1:] or said.split("error: ", 1)[1:] if part.strip()]
    if errors:
        sentence = errors[-1].strip()
        return sentence[0].upper() + sentence[1:2000]
    return (
        f"The training ended without a word (exit code {status}), perhaps for want of memory; what was saved is kept, "
        "so retry the job, with a smaller batch in another if that does not help."
    )
