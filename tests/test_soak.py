"""`make soak`, shortened, on a tiny release: whatever is sent, the answer is one that it may get."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.releases import tiny_release
from tools import ROOT
from tools.load import HUNG_UP, Load
from tools.soak import Kind, every_kind, unexpected


@pytest.mark.timeout(300)
def test_a_short_soak_finds_no_wrong_answer(tmp_path: Path) -> None:
    tiny_release(tmp_path / "releases")
    output = tmp_path / "soak.json"
    command = [sys.executable, "-m", "tools.soak", "--requests", "1000", "--output", str(output)]
    environment = {**os.environ, "INIT_RELEASES_DIR": str(tmp_path / "releases")}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    report = json.loads(output.read_text())
    assert report["wrong"] == {}, ended.stdout
    assert report["requests"] == sum(report["statuses"].values()) == 1000
    assert {"200", "400", "413", "415", "422", "499"} <= set(report["statuses"])
    assert len(report["memory_mib"]) > 1
    assert ended.returncode == (1 if report["growth"] >= 0.05 else 0)


def test_shares_make_a_thousand() -> None:
    assert sum(kind.share for kind in every_kind()) == 1000


def test_an_answer_that_a_kind_may_not_get_is_counted() -> None:
    good, bad = Kind("good", 1, frozenset({200}), (b"",)), Kind("bad", 1, frozenset({400, HUNG_UP}), (b"",))
    load = Load(status=[200, 400, 500, 499, 200], request=[0, 1, 1, 1, 1])
    assert unexpected([good, bad], load) == {"bad: 500": 1, "bad: 200": 1}
