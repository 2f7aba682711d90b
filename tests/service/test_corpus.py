"""Every bad or odd file is told by its own code or read rightly, at flat memory: directly, and over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.corpus import heics, jpegs, others, pngs, webps
from tests.service.corpus.case import Case, Seen, corners
from training.images import ImageError, Limits, decode

LIMITS = Limits(max_bytes=2**20, max_pixels=1_000_000)
CASES = [case for kind in (others, jpegs, pngs, webps, heics) for case in kind.cases()]
MOST_MEMORY = 48 * 2**20  # bytes that reading one of these may take at most, of which the photo is 4


def allowed(case: Case) -> tuple[Seen | str, ...]:
    """What may come of it."""
    return case.expected if isinstance(case.expected, tuple) else (case.expected,)


def outcome(data: bytes, looked_at: bool) -> Seen | str:
    """What comes of a file."""
    try:
        photo = decode(data, LIMITS)
    except ImageError as error:
        return error.code
    assert (photo.mode, photo.info) == ("RGB", {})
    return Seen(photo.size, corners(photo) if looked_at else "")


def looked_at(case: Case) -> bool:
    """Whether the colours are looked at."""
    return any(isinstance(each, Seen) and each.corners != "" for each in allowed(case))


@pytest.fixture
def peak() -> Iterator[None]:
    """Fails the test that uses it where its own peak of memory is far above where it began."""
    reset = Path("/proc/self/clear_refs")
    if not reset.exists():
        pytest.skip("only Linux tells a process its peak of memory since a moment")
    reset.write_text("5")
    before = memory("VmRSS")
    yield
    assert memory("VmHWM") - before < MOST_MEMORY


def memory(name: str) -> int:
    """Bytes of this process by a name of Linux: VmRSS, now; VmHWM, at its peak."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(f"{name}:"))


def test_the_corpus_is_as_large_as_it_should_be_and_names_each_case_once() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.timeout(30)
@pytest.mark.usefixtures("peak")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_is_refused_by_its_own_code_or_read_rightly(case: Case) -> None:
    assert outcome(case.data, looked_at(case)) in allowed(case)
