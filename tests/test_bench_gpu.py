"""`python -m tools.bench_gpu`: the ratios are those of the best rows."""

import pytest

from tools import bench_gpu
from tools.figures import Row


def row(server: str, per_second: float) -> Row:
    return {"server": server, "per_second": per_second}


def test_ratios_are_of_the_best_of_each() -> None:
    report = {
        "throughput": [
            row(f"{bench_gpu.OURS} 1", 200.0), row(f"{bench_gpu.OURS} 8", 900.0),
            row("LitServe, 1 workers of 64", 100.0), row("LitServe, 8 workers of 8", 300.0),
            row("FastAPI, torch", 90.0),
        ],
        "on_device": [{"batch": 8, "per_second": 800.0}, {"batch": 32, "per_second": 1200.0}],
        "runtime": [{"per_second": 1000.0, "core_ms": 1.0}],
    }  # fmt: skip
    assert list(bench_gpu.ratios(report).values()) == pytest.approx([3.0, 10.0, 0.75, 0.9])
