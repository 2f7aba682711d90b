"""What the C library does with memory that is freed."""

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT = 2**24  # bytes at the end of each thread's heap
_MAPPED = 2**23  # bytes: what is larger comes from the system, and goes back there when it is freed


def keep_freed() -> None:
    """Keeps the floats of photos in this process: glibc would give megabytes back to the system at once.

    A photo's next ones would then cost a page fault for every 4 KiB, hundreds a photo. With another C library it does
    nothing.
    """
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, _KEPT)
        mallopt(_MMAP_THRESHOLD, _MAPPED)
