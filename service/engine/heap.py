"""What the C library does with memory that is freed: left to itself, glibc gives megabytes back to the system at once.

The next photo would then cost a page fault for every 4 KiB. With another C library nothing is done here.
"""

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h


def keep_freed() -> None:
    """Keeps the floats of photos in this process."""
    _keep(2**24, 2**23)


def keep_activations() -> None:
    """Keeps what torch computes with on a CPU too, which it asks for anew in each layer.

    At 256x256 a layer of 64 channels is 16 MiB. Without it a photo of the paper's generator costs 77,000 page faults, a
    tenth of its time and more.
    """
    _keep(2**28, 2**25)


def _keep(most: int, largest: int) -> None:
    """Up to `most` bytes at the end of each thread's heap; what is larger than `largest` comes from the system, and
    goes back there when it is freed."""
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, most)
        mallopt(_MMAP_THRESHOLD, largest)
