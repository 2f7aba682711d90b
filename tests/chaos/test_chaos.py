"""Everything is killed with -9 at random moments, in real processes; `make chaos` does it on a larger scale."""

from pathlib import Path

import pytest

from tests.service.releases import tiny_release
from tools.chaos import holds, survive

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("seed", [1])
def test_no_photo_is_lost_or_doubled_and_nobody_is_left_behind(seed: int, tmp_path: Path) -> None:
    tiny_release(tmp_path / "releases")
    environment = {"INIT_RELEASES_DIR": str(tmp_path / "releases"), "INIT_RUNTIME": "torch"}
    report = survive(photos=60, kills=8, seed=seed, side=1500, sqlite=True, environment=environment)
    assert holds(report), report
