"""Threads that compute stand back behind the one that answers."""

import os
import sys
import threading

import pytest

from service.engine.batcher import Batcher
from service.engine.priority import NICER

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_what_a_batcher_runs_stands_back_and_nobody_else() -> None:
    before = niceness()
    batcher = Batcher[int, int](lambda _, numbers: [niceness() for _ in numbers])
    try:
        assert batcher.submit("key", 1).result(60).value == min(19, before + NICER)
        assert niceness() == before
    finally:
        batcher.close()
