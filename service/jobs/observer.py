"""Watches a training run's folder, and tells who watches the job: losses, grids of edits, what was mined."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from service.jobs.artifacts import RUN, last_line, mined_after, samples_after
from service.jobs.models import Event, Job
from service.jobs.store import JobStore

TOLD = 500  # most times that a run's losses are told of


class Observer:
    """Of one job; what an earlier worker has told of is not told again.

    Attributes:
        progress: {"stage", "step", "steps", "eta_seconds"}: the command that runs, and how far the training is.
    """

    def __init__(self, store: JobStore, job: Job, folder: Path) -> None:
        self._store, self._job, self._folder = store, job, folder
        self._told = {name: self._last(name) for name in ("losses", "samples", "mined")}
        self._since: tuple[float, int] | None = None
        self._begun = -1  # the step at which this command took up the run; -1: it is not seen yet
        steps: int = job.options["steps"]
        self._steps, self._every = steps, max(1, steps // TOLD)
        self.progress: Mapping[str, Any] = job.progress or self._progress("queued", 0)

    def begin(self, stage: str) -> None:
        """A command begins."""
        self._since, self._begun = None, -1
        self.progress = self._progress(stage, self.progress["step"])
        self._tell("stage", {"stage": stage})

    def look(self) -> None:
        """Tells of what is new."""
        if self.progress["stage"] != "training":
            return
        if line := last_line(self._folder / RUN / "log.jsonl"):
            step = int(line.pop("step"))
            self._see(step)
            if step >= self._told["losses"] + self._every or step == self._steps > self._told["losses"]:
                self._told["losses"] = step
                self._tell("losses", {"step": step, "terms": line})
        for step, name in samples_after(self._folder, self._told["samples"]):
            self._told["samples"] = step
            self._tell("samples", {"step": step, "url": self._url(name)})
        self._look_at_mined()

    def _look_at_mined(self) -> None:
        found: dict[int, dict[str, Any]] = {}
        for step, end, files in mined_after(self._folder, self._told["mined"]):
            urls = {key: self._url(files[key]) for key in ("picture", "table")}
            found.setdefault(step, {})[end] = {**urls, "weights": files["weights"]}
        for step, ends in sorted(found.items()):
            if len(ends) == 2:  # the other is about to be written
                self._told["mined"] = step
                self._tell("mined", {"step": step, **ends})

    def _see(self, step: int) -> None:
        """How long it will take, from what was seen of this run by this worker since its first step.

        Until that the command only starts, which takes as long as hundreds of steps.
        """
        now, eta = time.monotonic(), None
        if step < self._begun or self._begun < 0:
            self._since, self._begun = None, step
        elif self._since is None and step > self._begun:
            self._since = now, step
        elif self._since is not None and step > self._since[1]:
            eta = round((self._steps - step) * (now - self._since[0]) / (step - self._since[1]), 1)
        self.progress = self._progress("training", step, eta if eta is not None else self.progress["eta_seconds"])

    def _progress(self, stage: str, step: int, eta: float | None = None) -> dict[str, Any]:
        return {"stage": stage, "step": step, "steps": self._steps, "eta_seconds": eta}

    def _tell(self, name: str, data: Mapping[str, Any]) -> None:
        self._store.tell(self._job.id, name, data, self.progress)

    def _url(self, name: str) -> str:
        return f"/v1/jobs/{self._job.id}/artifacts/{name}"

    def _last(self, name: str) -> int:
        """The step that was last told of under this name."""
        told = select(Event.data).where(Event.job_id == self._job.id, Event.name == name)
        with self._store.database.read() as session:
            data = session.scalar(told.order_by(Event.number.desc()).limit(1))
        return int(data["step"]) if data else 0
