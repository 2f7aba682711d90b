"""A photo's floats are kept for the next one's, in threads too."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys, threading
import numpy as np
from service.engine.heap import keep_freed

def photo():
    [np.ones((3, 256, 256), np.float32) for _ in range(6)]

def faults():
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt

def work():
    for _ in range(5):
        photo()
    before = faults()
    for _ in range(20):
        photo()
    print((faults() - before) / 20)

if sys.argv[1] == "kept":
    keep_freed()
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def faults(how: str) -> float:
    """Page faults of a photo's worth of floats, after the first ones, in a new process."""
    return float(subprocess.run([sys.executable, "-c", FAULTS, how], check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is about glibc")
def test_floats_that_were_freed_are_there_again_without_page_faults() -> None:
    assert faults("kept") < 20
    assert faults("returned") > 200
