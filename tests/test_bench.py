"""`make bench`, shortened, on a tiny release: every row is measured against the real service."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.releases import tiny_release
from tools import ROOT, bench


@pytest.mark.timeout(300)
def test_a_short_run_measures_every_row(tmp_path: Path) -> None:
    release = tiny_release(tmp_path / "releases")
    output = tmp_path / "bench" / "serve.json"
    command = [sys.executable, "-m", "tools.bench", "--seconds", "0.1", "--rounds", "1", "--output", str(output)]
    environment = {**os.environ, "INIT_RELEASES_DIR": str(tmp_path / "releases")}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(output.read_text())
    assert report["release"]["digest"] == release.digest
    assert [row["batch"] for row in report["forward"]] == [1, 8]
    assert [(row["photo"], row["clients"]) for row in report["service"]] == [
        (photo, clients) for photo in ("178x218", "1024x1024") for clients in (1, 8, 16)
    ]
    assert all(row["requests"] >= row["clients"] and row["p50_ms"] <= row["p99_ms"] for row in report["service"])
    assert "p99_ms" in ended.stdout


def test_without_a_release_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INIT_RELEASES_DIR", str(tmp_path))
    assert bench.main([]) == 1
    assert "python -m training promote" in capsys.readouterr().err
