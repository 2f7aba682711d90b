"""What several processes that put load on one server found is told as one row."""

from types import SimpleNamespace

import pytest

from tools import figures
from tools.load import Load, Plan


def test_senders_share_the_clients_and_their_rates_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def run(plan: Plan) -> Load:
        asked.append(plan.clients)
        timings = {"server-timing": ["decode;dur=1", "decode;dur=3", ""]}
        return Load([200, 200, 503], [0.1, 0.3, 0.0], [1.0] * 3, [1] * 3, [0] * 3, timings, elapsed=0.5, spent=0.1)

    used = iter([1.0, 1.8])
    server = SimpleNamespace(port=1, processor_seconds=lambda: next(used))
    monkeypatch.setattr(figures, "run", run)
    row = figures.closed(server, SimpleNamespace(requests=()), 64, 0.5, senders=2)  # type: ignore[arg-type]  # stand-ins
    assert asked == [32, 32]
    assert (row["clients"], row["per_second"], row["requests"], row["failed"]) == (64, 8.0, 4, 2)
    assert row["core_ms"] == pytest.approx(200.0)
    assert row["client_share"] == pytest.approx(0.4)
