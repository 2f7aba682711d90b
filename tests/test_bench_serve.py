"""`make bench-serve`, shortened: every row is measured against real servers. And what its figures mean."""

import io
import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from tools import ROOT, bench_serve
from tools.figures import growth, quantile, stages
from tools.serve_report import LITSERVE, PLAIN, subject_verdicts
from tools.subjects import PHOTOS, portraits, runtimes, shipped_subject


@pytest.mark.timeout(600)
def test_a_short_run_measures_every_row(tmp_path: Path) -> None:
    output = tmp_path / "bench" / "serve.json"
    command = [sys.executable, "-m", "tools.bench_serve", "--quick", "--output", str(output)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(output.read_text())["subjects"]["paper"]
    ours = [row["runtime"] for row in found["raw"]]
    assert set(ours) <= set(runtimes())
    assert [(row["server"], row["clients"]) for row in found["throughput"]] == [
        (server, clients) for server in (PLAIN, LITSERVE, *ours) for clients in (1, 4)
    ]
    assert all(row["requests"] >= row["clients"] and not row["failed"] for row in found["throughput"])
    assert all(row["p50_ms"] <= row["p99_ms"] for row in found["throughput"])
    for figure in ("bare_latency", "latency"):
        assert found[figure]["rounds"] == [found[figure]["p99_over_unloaded_p50"]]
    assert found["overload"]["unanswered"] == found["overload"]["refused_without_retry_after"] == 0
    for shown in (f"{ours[-1]} / {LITSERVE}", "forward", "p99 at 80 % load"):
        assert shown in ended.stdout


def test_without_a_release_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INIT_RELEASES_DIR", str(tmp_path))
    monkeypatch.setattr(bench_serve, "QUICK", (bench_serve.Scale(shipped_subject),))
    assert bench_serve.main(["--quick"]) == 1
    assert "python -m training promote" in capsys.readouterr().err


def test_a_quantile_is_a_value_that_was_measured() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile(list(range(1, 101)), 0.99) == 99
    assert quantile([], 0.5) == 0.0


def test_stages_are_read_from_what_the_service_says() -> None:
    timings = ["decode;dur=1.0, forward;dur=20.5", "decode;dur=3.0, forward;dur=22.5, paste;dur=4", ""]
    assert stages(timings) == {"decode": 2.0, "forward": 21.5, "paste": 4.0}


def test_rounds_in_which_the_machine_drifted_do_not_count() -> None:
    rounds = [{"figure": figure, "drift": drift} for figure, drift in ((9.0, 1.9), (8.0, 1.21), (1.1, 1.2), (1.3, 1.0))]
    rounds.append({"figure": 1.2, "drift": 1.1})
    found = bench_serve.median_of(rounds, "figure")
    assert (found["figure"], found["drift"]) == (1.2, 1.1)
    assert (found["rounds"], found["drifts"]) == ([9.0, 8.0, 1.1, 1.3, 1.2], [1.9, 1.21, 1.2, 1.0, 1.1])
    assert bench_serve.median_of(rounds[:2], "figure")["figure"] == 8.0, "where none was steady, of all"
    assert bench_serve.drift(4.0, 5.0) == bench_serve.drift(5.0, 4.0) == 1.25


class Rates:
    """A forward pass and a service that do so many photos a second, one after the other."""

    def __init__(self, *rates: float) -> None:
        self.rates = iter(rates)

    def measure(self, *_: object) -> dict[str, float]:
        return {"per_second": next(self.rates), "core_ms": 1.0, "p50_ms": 1.0, "p99_ms": 1.0}


def test_the_service_is_compared_with_the_forward_pass_before_and_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Rates(9.0, 9.0, 11.0)
    monkeypatch.setattr(bench_serve, "thawed", lambda *_: nullcontext())
    monkeypatch.setattr(bench_serve, "closed", service.measure)
    subject = SimpleNamespace(name="paper")
    scale = bench_serve.Scale(shipped_subject, pairs=3)
    bare = Rates(10.0, 8.0, 12.0, 10.0)
    found = bench_serve.paired(subject, scale, service, bare, "runtime")  # type: ignore[arg-type]  # they stand in
    assert found["beside"]["rounds"] == [1.0, 0.9, 1.0]
    assert found["beside"]["drifts"] == [1.25, 1.5, 1.2]
    assert found["beside"]["share"] == 1.0
    assert found["per_second"] == 10.0


def test_growth_leaves_out_the_warm_up() -> None:
    assert growth([10.0, 50.0, 100.0, 100.0, 100.0, 100.0, 104.0, 106.0]) == pytest.approx(0.05)
    assert growth([]) == 0.0


def test_a_verdict_is_about_the_worst_number_of_clients_and_the_ratio_of_each_round() -> None:
    def row(server: str, clients: int, rounds: list[float]) -> dict[str, object]:
        return {"server": server, "clients": clients, "rounds": rounds, "per_second": rounds[0]}

    subject = {
        "throughput": [
            row(PLAIN, 1, [3.0, 30.0]), row(PLAIN, 8, [3.0, 30.0]),
            row(LITSERVE, 1, [3.0, 30.0]), row(LITSERVE, 8, [4.0, 40.0]),
            row("slow", 1, [3.3, 33.0]), row("slow", 8, [3.6, 36.0]),
            row("fast", 1, [9.0, 90.0]), row("fast", 8, [12.0, 120.0]),
        ],
        "raw": [
            {"runtime": "slow", "beside": {"share": 0.9}},
            {"runtime": "fast", "beside": {"share": 0.96}},
        ],
        "latency": {"p99_over_unloaded_p50": 1.5},
        "overload": {
            "goodput_over_peak": 0.9, "refusal_p99_ms": 20.0, "refused_without_retry_after": 0, "unanswered": 0,
            "memory_growth": 0.0,
        },
        "ready_seconds": {"slow": 3.0, "fast": 11.0},
    }  # fmt: skip
    found = {row["what"]: row for row in subject_verdicts("paper", subject, gpu=False)}
    assert found[f"fast / {PLAIN}"]["found"] == pytest.approx(3.0)
    assert found[f"fast / {PLAIN}"]["holds"]
    assert found[f"fast / {LITSERVE}"]["by_clients"] == {1: pytest.approx(3.0), 8: pytest.approx(3.0)}
    assert not found[f"slow / {LITSERVE}"]["holds"]
    assert found["slow: service / bare forward pass"]["found"] == pytest.approx(0.9)
    assert found["fast: service / bare forward pass"]["holds"]
    assert not found["fast: goodput at 10x load / peak"]["holds"]
    assert not found["seconds until ready"]["holds"]


def test_the_photos_are_square_jpegs_the_same_each_time() -> None:
    photos = portraits()
    assert photos == portraits()
    assert len(set(photos)) == PHOTOS
    assert {Image.open(io.BytesIO(photo)).size for photo in photos} == {(256, 256)}
