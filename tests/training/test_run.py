"""A run's directory survives what ends a run: kill -9, a full disk, a signal; and its log is whole and complete."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.training.conftest import assert_same_training, make_trainer, state
from tests.training.processes import finish, start
from training.checkpoint import CheckpointError, read_tensors
from training.execution import PLAIN
from training.presets import PRESETS
from training.run import CHECKPOINT, LOG, Run, begin_from, read_log

DEBUG = PRESETS["debug/init"]


def steps_logged(run: Path) -> list[int]:
    lines = (run / LOG).read_text().splitlines() if (run / LOG).exists() else []
    return [json.loads(line)["step"] for line in lines]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """While inside, no file grows beyond `size` bytes, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_killed_at_any_moment_a_run_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    config = DEBUG.changed(steps=30)
    often: dict[str, Any] = {"save_every": 1, "sample_every": 5}
    finish(start(tmp_path / "whole", config, save_every=30))
    moments = random.Random(0)
    for _ in range(3):
        before = len(steps_logged(tmp_path / "killed"))
        process = start(tmp_path / "killed", config, **often)
        deadline = time.monotonic() + 60
        while not (tmp_path / "killed" / CHECKPOINT).exists() or len(steps_logged(tmp_path / "killed")) <= before:
            assert process.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 0.05))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        _, meta = read_tensors(tmp_path / "killed" / CHECKPOINT)
        assert 0 < meta["step"] < config.steps
    finish(start(tmp_path / "killed", config, **often))
    assert state(tmp_path / "killed") == state(tmp_path / "whole")
    assert steps_logged(tmp_path / "killed") == list(range(1, 31))


def test_a_full_disk_ends_in_a_sentence_and_costs_no_checkpoint(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "full")
    for _ in range(2):
        trainer.train_step()
    trainer.save()
    kept = state(tmp_path / "full")
    with largest_file(20_000), pytest.raises(CheckpointError, match=r"checkpoint.* could not be written .* make room"):
        trainer.train(progress=False)
    assert state(tmp_path / "full") == kept
    assert not list((tmp_path / "full").glob("*.part"))
    make_trainer(tmp_path / "full").train(progress=False)
    make_trainer(tmp_path / "whole").train(progress=False)
    assert state(tmp_path / "full") == state(tmp_path / "whole")


def test_a_log_that_cannot_grow_holds_whole_lines(tmp_path: Path) -> None:
    run = Run(tmp_path, DEBUG, "drawn")
    run.resume({}, {})
    with run.writing(PLAIN, 0):
        run.log(1, {"generator/adversarial": 0.5})
        whole = (tmp_path / LOG).read_bytes()
        assert run._board
        run._board.flush()  # TensorBoard writes from a thread of its own, which is not to meet the limit
        with largest_file(len(whole) + 10), pytest.raises(OSError, match=LOG):
            run.log(2, {"generator/adversarial": 0.25})
    assert (tmp_path / LOG).read_bytes() == whole
    assert read_log(tmp_path) == [{"step": 1, "generator/adversarial": 0.5}]


def test_where_pictures_cannot_be_written_the_steps_so_far_are_saved(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    (tmp_path / "samples").write_text("a file where the folder ought to be")
    with pytest.raises(OSError, match="samples"):
        trainer.train(sample_every=4, progress=False)
    assert make_trainer(tmp_path).step == 4


def test_lines_after_the_checkpoint_are_dropped_on_resume(tmp_path: Path) -> None:
    make_trainer(tmp_path).train(progress=False)
    with (tmp_path / LOG).open("a") as log:
        log.write('{"step": 7}\n{"step": 8, "torn')
    make_trainer(tmp_path)
    assert steps_logged(tmp_path) == list(range(1, 7))


def test_each_start_is_noted(tmp_path: Path) -> None:
    make_trainer(tmp_path).train(time_limit=1e-9, progress=False)
    make_trainer(tmp_path).train(progress=False)
    starts = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text().splitlines()]
    assert [start["step"] for start in starts] == [0, 0]
    assert {"torch", "hardware", "processes", "precision", "accumulate"} <= set(starts[0])


def test_scalars_are_written_for_tensorboard(tmp_path: Path) -> None:
    make_trainer(tmp_path, DEBUG.changed(steps=20)).train(progress=False)
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("generator/adversarial")] == [10, 20]


def test_without_tensorboard_a_run_does_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert make_trainer(tmp_path).train(progress=False)
    assert not (tmp_path / "tensorboard").exists()


def test_ctrl_c_and_sigterm_save_and_the_same_command_resumes(tmp_path: Path, celeba: Path) -> None:
    command = [sys.executable, "-m", "training", "train", "debug/init", "--data", str(celeba)]
    command += ["--run", str(tmp_path / "run"), "--cache", str(tmp_path / "cache"), "--set", "steps=100000"]
    command += ["--set", "options.aiw=false", "--save-every", "1000000"]
    before = 0
    for number in (signal.SIGINT, signal.SIGTERM):
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            try:
                _wait_for_bar(process)
                os.kill(process.pid, number)
                output, _ = process.communicate(timeout=60)
            finally:
                process.kill()
        assert process.returncode == 0
        assert b"goes on from here" in output
        _, meta = read_tensors(tmp_path / "run" / CHECKPOINT)
        assert steps_logged(tmp_path / "run") == list(range(1, meta["step"] + 1))
        assert meta["step"] > before
        before = meta["step"]


def _wait_for_bar(process: subprocess.Popen[bytes]) -> None:
    """Until some steps have been reported on stderr."""
    assert process.stderr is not None
    seen, deadline = b"", time.monotonic() + 90
    while b"G " not in seen:
        assert time.monotonic() < deadline, seen
        assert process.poll() is None, seen
        seen += os.read(process.stderr.fileno(), 4096)


def test_a_run_begun_before_an_option_was_added_goes_on(tmp_path: Path) -> None:
    config = DEBUG.changed(steps=2)
    make_trainer(tmp_path, config).train(progress=False)
    described = json.loads((tmp_path / "config.json").read_text())
    del described["options"]["sparsity"], described["domain"]["align"]
    (tmp_path / "config.json").write_text(json.dumps(described))
    assert make_trainer(tmp_path, config).step == 2
    with pytest.raises(CheckpointError, match="another options"):
        make_trainer(tmp_path, config.changed(options={"sparsity": 1.0}))


def test_a_run_begins_where_another_stands_with_other_options(tmp_path: Path) -> None:
    first, second = DEBUG.changed(steps=2), DEBUG.changed(steps=4, options={"sparsity": 1.0})
    old = make_trainer(tmp_path / "old", first)
    old.train(progress=False)
    begin_from(tmp_path / "new", tmp_path / "old")
    new = make_trainer(tmp_path / "new", second)
    assert new.step == 2
    assert_same_training(new, old)
    new.train(progress=False)
    begin_from(tmp_path / "new", tmp_path / "old")  # the same command again
    assert make_trainer(tmp_path / "new", second).step == 4


def test_a_run_cannot_begin_from_what_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="train it first, or correct --from"):
        begin_from(tmp_path / "new", tmp_path / "none")
    make_trainer(tmp_path / "old", DEBUG.changed(steps=1)).train(progress=False)
    begin_from(tmp_path / "new", tmp_path / "old")
    with pytest.raises(CheckpointError, match="of other networks"):
        make_trainer(tmp_path / "new", DEBUG.changed(options={"generator_width": 16}))
