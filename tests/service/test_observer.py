"""What is told of a training while it runs."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from service.jobs.database import Database
from service.jobs.observer import Observer
from service.jobs.store import JobStore
from service.jobs.wanted import Wanted


@pytest.mark.parametrize("begun", [0, 40])
def test_the_time_left_is_that_of_steps_and_not_of_the_start(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: int
) -> None:
    store = JobStore(database)
    job = store.create("t1", Wanted("faces", kind="training", options={"steps": 100}), [])
    log = tmp_path / "run" / "log.jsonl"
    log.parent.mkdir()
    log.write_text(f'{{"step": {begun}}}\n' if begun else "")
    clock = 0.0
    monkeypatch.setattr("service.jobs.observer.time", SimpleNamespace(monotonic=lambda: clock))
    watch = Observer(store, job, tmp_path)
    watch.begin("training")
    watch.look()
    clock = 60.0  # which it takes to start
    left = []
    for step in range(begun + 1, begun + 5):
        log.write_text(f'{{"step": {step}}}\n')
        watch.look()
        left.append(watch.progress["eta_seconds"])
        clock += 2
    assert left[0] is None
    assert left[-1] == (100 - begun - 4) * 2
    assert max(filter(None, left)) < 200
