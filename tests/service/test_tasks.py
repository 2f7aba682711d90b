"""What the worker's tasks do around the work itself, without a worker."""

import time
from types import SimpleNamespace

import pytest

from service.worker import watch_no_longer, watch_over
from tests.processes import until

NAME = "test_a_task_whose_time_is_over_says_where_it_is"


def test_a_task_whose_time_is_over_says_where_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    watch_over(task=SimpleNamespace(soft_time_limit=0.05))
    until(lambda: NAME in capfd.readouterr().err, "the stacks")
    watch_no_longer()


def test_a_task_that_ends_in_time_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    watch_over(task=SimpleNamespace(soft_time_limit=0.3))
    watch_no_longer()
    time.sleep(0.6)
    assert capfd.readouterr().err == ""
