"""What was freed is kept for the next photo, in threads too."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys, threading
import numpy as np
from service.engine import heap

channels = int(sys.argv[1])

def photo():
    [np.ones((channels, 256, 256), np.float32) for _ in range(3)]

def faults():
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt

def work():
    for _ in range(5):
        photo()
    before = faults()
    for _ in range(20):
        photo()
    print((faults() - before) / 20)

for each in sys.argv[2:]:
    getattr(heap, each)()
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def faults(channels: int, *kept: str) -> float:
    """Page faults of three arrays of 256x256 floats, after the first ones, in a new process that has called `kept`."""
    command = [sys.executable, "-c", FAULTS, str(channels), *kept]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is about glibc")
def test_what_was_freed_is_there_again_without_page_faults() -> None:
    assert faults(3, "keep_freed") < 20
    assert faults(3) > 200
    assert faults(64, "keep_freed", "keep_activations") < 200
    assert faults(64, "keep_freed") > 200  # what is so large comes from the system, and goes back there
