"""The commands that a training job consists of, and the release that they leave."""

import errno
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.jobs.artifacts import RUN
from service.jobs.models import Job
from training.digest import CONFIG, release_digest

SAVES, SAMPLES = 20, 10  # of a run, at least; a longer one has more
SAVE_STEPS, SAMPLE_STEPS = 250, 500  # at most, as `python -m training train` has it
PICTURE_BYTES = "100M"
_MODEL = "model.safetensors"


@dataclass(frozen=True)
class Task:
    """One command.

    Attributes:
        name: as a job's progress has it.
        command: its words.
        is_done: whether what it makes is there, whole.
        optional: whether the job goes on where it fails.
    """

    name: str
    command: list[str]
    is_done: Callable[[], bool]
    optional: bool = False


def tasks(job: Job, folder: Path, cache: Path, processes: int) -> Iterator[Task]:
    """The commands of a training job, in their order; those that are done already too."""
    options = job.options
    domain, run, staged = ["--domain", job.domain], folder / RUN, staged_release(job, folder)
    phi, judge = folder / "embedding", folder / "classifier"
    data = ["--cache", str(cache), *(["--data", options["data"]] if "data" in options else [])]
    size = ["--size", *map(str, options["size"])]
    scored = (run / "metrics.json").exists
    if options["embedding"]:
        yield _task("embedding", (phi / _MODEL).exists, [*domain, *data, *size, "--run", str(phi)])
    yield _task("classifier", (judge / _MODEL).exists, [*domain, *data, *size, "--run", str(judge)])
    train = [sys.executable, "-m", "training", "train"] if processes == 1 else _torchrun(processes)
    yield Task("training", [*train, options["preset"], *_training(job), *domain, *data, "--run", str(run),
                            "--embedding", str(phi)], scored)  # fmt: skip
    judged = ["--classifier", str(judge)]
    yield _task("evaluation", scored, [str(run), *data, *judged, "--division", options["division"]], "evaluate")
    made = ["--name", options["release"], "--releases", str(staged.parents[1]), "--job", job.id]
    if not (staged / CONFIG).exists():  # its last file: what is there is of one that was cut off
        shutil.rmtree(staged, ignore_errors=True)
    # Without data: whether there are enough for INT8 is to be no reason to have no release.
    yield _task("release", (staged / CONFIG).exists, [str(run), *made, *judged, "--cache", str(cache)])
    if options["int8"]:
        yield _task("export", (staged / "runtimes").exists, [str(staged), *data], optional=True)


def staged_release(job: Job, folder: Path) -> Path:
    """Where a job makes its release, before all of it is put in its place at once."""
    return folder / "releases" / job.domain / str(job.options["release"])


def publish(job: Job, folder: Path, releases: Path) -> dict[str, Any]:
    """Puts the release where the service finds it, whole, and returns the job's outcome. Raises OSError."""
    name = job.options["release"]
    staged, place, part = staged_release(job, folder), releases / job.domain / name, releases / f".{job.id}.part"
    if not _is_of(place, job):
        shutil.rmtree(part, ignore_errors=True)  # of whoever had the job before
        try:
            _copy(staged, part)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.rename(part, place)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                said = f"There is a release {name} of {job.domain} by now; take it away, then retry the job."
                raise FileExistsError(error.errno, said) from None
            raise
        finally:
            shutil.rmtree(part, ignore_errors=True)
    config, metrics = _json(place / CONFIG), _json(place / "metrics.json")
    return {
        "run": job.id,
        "step": config["step"],
        "data": config["data"],
        "release": {"name": name, "digest": release_digest(place)},
        "scores": metrics["mean"],
        "division": metrics["division"],
        "int8": (place / "runtimes").exists(),
    }


def _copy(source: Path, target: Path) -> None:
    """A folder, of which copytree itself would tell all that went wrong with it, as no error of the system's."""
    errors: list[OSError] = []

    def copy(one: str, other: str) -> None:
        try:
            shutil.copy2(one, other)
        except OSError as error:
            errors.append(error)
            raise

    try:
        shutil.copytree(source, target, copy_function=copy)
    except shutil.Error:
        if errors:
            raise errors[0] from None
        raise


def _is_of(place: Path, job: Job) -> bool:
    """Whether a release is there already and this job's: whoever had the job before died after that."""
    return (place / CONFIG).exists() and _json(place / CONFIG).get("job") == job.id


def _training(job: Job) -> list[str]:
    steps = job.options["steps"]
    changes = [f"{name}={json.dumps(value)}" for name, value in job.options["overrides"].items()]
    words = [word for change in changes for word in ("--set", change)]
    save, sample = min(SAVE_STEPS, max(1, steps // SAVES)), min(SAMPLE_STEPS, max(1, steps // SAMPLES))
    return [*words, "--save-every", str(save), "--sample-every", str(sample), "--max-artifacts", PICTURE_BYTES]


def _torchrun(processes: int) -> list[str]:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    return [*launcher, "-m", "--", "training", "train"]


def _task(
    name: str, is_done: Callable[[], bool], words: list[str], command: str | None = None, optional: bool = False
) -> Task:
    return Task(name, [sys.executable, "-m", "training", command or name, *words], is_done, optional)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
