"""Trainings by the real commands, supervised by processes that are killed and stopped on the way.

φ and the classifier are made once and put in each job's folder, as an earlier worker would have left them.
"""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from service.jobs import tasks
from service.jobs.database import Database
from service.jobs.models import Event, Job
from service.jobs.recipes import Bounds, Ordered, check_recipe
from service.jobs.store import JobStore
from service.jobs.wanted import Wanted
from service.settings import ROOT
from tests.processes import until
from tests.training.conftest import state
from tests.training.datasets import write_celeba
from training.__main__ import main

pytestmark = pytest.mark.timeout(600)
LEASE = 6.0
UNHURRIED = 30.0  # a lease that nobody waits for; a third of it, 7 s at most, is there to save a checkpoint

# What the trainer's task does, without a broker: one job, then the end; SIGTERM as the worker has it.
WORKER = """
import signal, sys
from pathlib import Path
from service.jobs.database import Database
from service.jobs.seats import Seats
from service.jobs.store import JobStore
from service.jobs.training import Workshop, train_next

folder, lease = Path(sys.argv[1]), float(sys.argv[2])
database = Database(f"sqlite:///{folder / 'studio.db'}")
shop = Workshop(
    JobStore(database), Seats(database), folder / "runs", folder / "photos", folder / "releases", {"here/cpu": "cpu"},
    lease,
)
signal.signal(signal.SIGTERM, lambda *_: shop.stopping.set())
print(train_next(shop))
assert "torch" not in sys.modules
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data, and φ and a classifier of them."""
    root = tmp_path_factory.mktemp("prepared")
    data = ["--data", str(write_celeba(root / "celeba")), "--cache", str(root / "photos"), "--size", "32", "24"]
    for command in ("embedding", "classifier"):
        assert main([command, *data, "--epochs", "1", "--width", "8", "--run", str(root / command)]) == 0
    return root


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JobStore]:
    """Jobs in an empty database, which processes share."""
    database = Database(f"sqlite:///{tmp_path / 'studio.db'}")
    database.migrate()
    yield JobStore(database)
    database.close()


def order(store: JobStore, folder: Path, prepared: Path, job_id: str, **overrides: object) -> Path:
    """A queued training; the folder of its runs."""
    ordered = Ordered("faces", "debug/init", overrides, str(prepared / "celeba"))
    options = check_recipe(ordered, Bounds((prepared,), 100, 60.0)) | {"release": f"r-{job_id}", "int8": False}
    store.create(job_id, Wanted("faces", kind="training", options=options), [])
    for name in ("embedding", "classifier"):
        shutil.copytree(prepared / name, folder / "runs" / job_id / name)
    return folder / "runs" / job_id


@contextmanager
def worker(folder: Path, lease: float = LEASE) -> Iterator["subprocess.Popen[str]"]:
    """A process that works on one training."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", WORKER, str(folder), str(lease)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def work(folder: Path, lease: float = LEASE) -> str:
    """Works on one training to its end; what the task is left with."""
    with worker(folder, lease) as process:
        return process.communicate(timeout=300)[0].strip()


def is_at(store: JobStore, job_id: str, step: int) -> Callable[[], bool]:
    """Whether a training is at that step at least."""
    return lambda: bool((store.get(job_id).progress or {}).get("step", 0) >= step)


def processes_of(run: Path) -> list[int]:
    """Processes whose command line names the run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if str(run).encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue  # it ended meanwhile
    return found


def told(store: JobStore, job: Job, name: str) -> list[dict[str, Any]]:
    """What was told of a job under a name."""
    return [news.data for news in store.news(job.id, 0, 10_000) if isinstance(news, Event) and news.name == name]


def test_killed_on_the_way_it_goes_on_to_the_same_end(store: JobStore, prepared: Path, tmp_path: Path) -> None:
    steps = 60
    whole = order(store, tmp_path, prepared, "aa", steps=steps)
    assert work(tmp_path) == "None"
    job = store.get("aa")
    assert job.state == "succeeded", job.error
    assert job.outcome is not None
    config = json.loads((tmp_path / "releases" / "faces" / "r-aa" / "config.json").read_text())
    assert (config["job"], config["step"], config["data"]) == ("aa", steps, job.outcome["data"])
    assert set(job.outcome["scores"]) >= {"accuracy", "preservation", "difference"}
    assert [data["stage"] for data in told(store, job, "stage")] == ["training", "evaluation", "release"]
    assert told(store, job, "losses")[-1]["step"] == steps
    assert told(store, job, "samples")
    assert told(store, job, "mined")
    assert list((tmp_path / "releases").iterdir()) == [tmp_path / "releases" / "faces"]

    run = order(store, tmp_path, prepared, "bb", steps=steps)
    with worker(tmp_path) as process:
        until(is_at(store, "bb", 5), "the training to begin")
        process.kill()
    until(lambda: not processes_of(run), "the orphan to end")
    assert store.get("bb").state == "running"
    until(lambda: store.next("training") == "bb", "the lease to end")
    time.sleep(LEASE)  # and that of the seat
    assert work(tmp_path) == "None"
    assert store.get("bb").state == "succeeded"
    assert state(run / "run") == state(whole / "run")
    assert (run / "run" / "log.jsonl").read_bytes() == (whole / "run" / "log.jsonl").read_bytes()
    assert len((run / "run" / "history.jsonl").read_text().splitlines()) == 2
    losses = [data["step"] for data in told(store, store.get("bb"), "losses")]
    assert losses == sorted(set(losses))


def test_stopped_it_is_handed_back_and_cancelled_it_keeps_its_checkpoint(
    store: JobStore, prepared: Path, tmp_path: Path
) -> None:
    run = order(store, tmp_path, prepared, "aa", steps=100_000)
    with worker(tmp_path, UNHURRIED) as process:
        until(is_at(store, "aa", 3), "the training to begin")
        order(store, tmp_path, prepared, "bb", steps=100_000)
        assert work(tmp_path, UNHURRIED) == "None"  # there is one CPU
        assert store.get("bb").state == "queued"
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=60)[0].strip() == "aa"
    assert processes_of(run) == []
    handed_back = store.get("aa")
    assert (handed_back.state, handed_back.lease_owner) == ("running", None)
    kept = len(state(run / "run")["step"])
    assert kept >= 3
    store.cancel("bb")

    with worker(tmp_path, UNHURRIED) as process:
        until(is_at(store, "aa", kept + 3), "it to go on")
        assert store.cancel("aa").state == "cancelling"
        process.communicate(timeout=60)
    assert store.get("aa").state == "cancelled"
    assert processes_of(run) == []
    assert len(state(run / "run")["step"]) > kept
    kept = len(state(run / "run")["step"])
    assert store.retry("aa").state == "queued"
    with worker(tmp_path, UNHURRIED) as process:
        until(is_at(store, "aa", kept + 1), "it to go on")
        store.cancel("aa")
        process.communicate(timeout=60)
    assert len(state(run / "run")["step"]) > kept


def test_what_training_cannot_go_on_from_fails_the_job_with_its_own_sentence(
    store: JobStore, prepared: Path, tmp_path: Path
) -> None:
    order(store, tmp_path, prepared, "aa", learning_rate=1e30, discriminator_learning_rate=1e30, steps=20)
    gone = order(store, tmp_path, prepared, "bb")
    (gone / "classifier" / "model.safetensors").write_bytes(b"damaged")
    assert work(tmp_path) == work(tmp_path) == "None"
    diverged, damaged = store.get("aa"), store.get("bb")
    assert (diverged.state, damaged.state) == ("failed", "failed")
    assert "lower the learning rate" in (diverged.error or "")
    assert (diverged.error or "").startswith("Step ")
    assert "not a whole safetensors file" in (damaged.error or "")
    assert not (tmp_path / "releases").exists()


def test_of_a_disk_that_is_full_where_a_release_goes_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: str, target: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", target)

    (tmp_path / "staged").mkdir()
    (tmp_path / "staged" / "config.json").write_text("{}")
    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(OSError, match="No space left") as told:
        tasks._copy(tmp_path / "staged", tmp_path / "part")
    assert told.value.errno == errno.ENOSPC


def test_a_release_whose_name_is_taken_meanwhile_fails_the_job_which_a_retry_ends(
    store: JobStore, prepared: Path, tmp_path: Path
) -> None:
    order(store, tmp_path, prepared, "aa", steps=2)
    taken = tmp_path / "releases" / "faces" / "r-aa"
    taken.mkdir(parents=True)
    (taken / "config.json").write_text("{}")
    assert work(tmp_path) == "None"
    failed = store.get("aa")
    assert failed.state == "failed"
    assert "There is a release r-aa of faces by now" in (failed.error or "")
    assert [path.name for path in (tmp_path / "releases").iterdir()] == ["faces"]
    shutil.rmtree(taken)
    store.retry("aa")
    assert work(tmp_path) == "None"
    assert (store.get("aa").state, store.get("aa").error) == ("succeeded", None)
