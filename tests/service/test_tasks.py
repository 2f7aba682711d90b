"""What the worker's tasks do around the work itself, without a worker."""

import faulthandler
import os
import signal

import pytest

from service.worker import say_where_it_hangs


def test_a_task_whose_time_is_over_says_where_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    ended: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda *_: ended.append(1))  # as billiard's, which ends the task
    try:
        say_where_it_hangs()
        os.kill(os.getpid(), signal.SIGUSR1)
    finally:
        faulthandler.unregister(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, before)
    assert ended == [1]
    assert "test_a_task_whose_time_is_over_says_where_it_is" in capfd.readouterr().err
