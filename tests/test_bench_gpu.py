"""`python -m tools.bench_gpu`: what several processes do adds up, and the ratios are those of the best rows."""

import pytest

from tools import bench_gpu
from tools.figures import Row


def row(server: str, per_second: float) -> Row:
    return {"server": server, "per_second": per_second}


def test_ratios_are_of_the_best_of_each() -> None:
    report = {
        "throughput": [
            row(bench_gpu.ONE, 200.0), row("INIT Studio, 8 of one thread each for torch", 900.0),
            row("LitServe, 1 workers of 64", 100.0), row("LitServe, 8 workers of 8", 300.0),
            row("FastAPI, torch", 90.0),
        ],
        "on_device": [{"batch": 8, "per_second": 800.0}, {"batch": 32, "per_second": 1200.0}],
        "runtime": [{"per_second": 1000.0, "core_ms": 1.0}],
    }  # fmt: skip
    assert list(bench_gpu.ratios(report).values()) == pytest.approx([3.0, 10.0, 2 / 3, 0.75, 0.9])


def test_several_servers_share_the_clients_and_their_rates_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Still:
        def thaw(self) -> None:
            pass

        freeze = thaw

    def closed(server: object, subject: object, clients: int, seconds: float) -> Row:
        return {
            "clients": clients, "per_second": 100.0, "p50_ms": 1.0, "p99_ms": 2.0, "core_ms": 3.0, "client_share": 0.1,
            "requests": 50, "failed": 1, "stages_ms": {},
        }  # fmt: skip

    monkeypatch.setattr(bench_gpu, "closed", closed)
    monkeypatch.setattr("tools.bench_serve.SETTLE_SECONDS", 0.0)
    found = bench_gpu.together([Still(), Still()], None, 64, 1.0)  # type: ignore[list-item, arg-type]  # stand-ins
    assert (found["per_second"], found["requests"], found["failed"], found["clients"]) == (200.0, 100, 2, 64)
