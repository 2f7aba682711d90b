"""How many threads torch computes with.

Left to itself, torch gives every thread that computes helpers of its own, one for each further core, and waits for them
in every operation. In a process with threads for photos and for models these are several times as many as cores, and an
operation on a photo, which takes a moment, waits until the last of its helpers was given a core.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

HELPED = torch.get_num_threads()
"""Threads of an operation with helpers, as torch has chosen: no more than OMP_NUM_THREADS or the cores allow."""


def compute_alone() -> None:
    """From now on the calling thread computes without helpers, and so does every thread that begins to later."""
    torch.set_num_threads(1)


@contextmanager
def helped() -> Iterator[None]:
    """Within the block the calling thread computes with helpers: a whole network on a CPU is worth them."""
    before = torch.get_num_threads()
    torch.set_num_threads(HELPED)
    try:
        yield
    finally:
        torch.set_num_threads(before)
