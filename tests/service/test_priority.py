"""Threads that compute stand back behind the one that answers."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")

# In a process of its own, whose main thread nobody else has told to stand back.
WATCH = """
import os, threading
from service.engine.batcher import Batcher

def niceness():
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

batcher = Batcher(lambda _, numbers: [niceness() for _ in numbers])
print(batcher.submit("key", 1).result(60).value, niceness())
batcher.close()
"""


def test_what_a_batcher_runs_stands_back_and_nobody_else() -> None:
    run = subprocess.run([sys.executable, "-c", WATCH], capture_output=True, text=True, check=True, timeout=60)
    computing, answering = (int(number) for number in run.stdout.split())
    assert computing == min(19, answering + 5)
