"""`make bench-train`, shortened, on the debug preset: every row is measured."""

import json
from pathlib import Path

import pytest

from tools import bench_train


@pytest.mark.timeout(600)
def test_a_short_run_measures_every_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "bench" / "train.json"
    short = ["--presets", "debug/init", "--device", "cpu", "--rounds", "2", "--output", str(output)]
    assert bench_train.main(short) == 0
    report = json.loads(output.read_text())
    assert [(row["preset"], row["contender"]) for row in report["steps"]] == [
        ("debug/init", "reference"),
        ("debug/init", "fp32"),
    ]
    reference, own = report["steps"]
    assert (reference["ratio"], reference["cpu_ratio"], reference["rounds"]) == (1.0, 1.0, 2)
    assert own["ratio"] > 0
    assert all(row["seconds"] > 0 and row["memory_mib"] > 0 for row in report["steps"])
    shares = report["time"]["debug/init"]
    assert {"data", "G", "D", "φ", "backward, generator's side", "backward, discriminator's side"} <= set(shares)
    assert sum(shares.values()) == pytest.approx(1)
    assert all(report["loader"][part]["per_second"] > 0 for part in ("decode", "read"))
    assert "debug/init" in capsys.readouterr().out


def test_ratios_are_taken_round_by_round() -> None:
    row = bench_train.summary([(1.0, 1.0), (2.0, 1.0), (4.0, 1.0)], [(2.0, 3.0), (3.0, 3.0), (4.0, 3.0)])
    assert (row["seconds"], row["ratio"], row["cpu_ratio"]) == (2.0, 1.5, 3.0)
