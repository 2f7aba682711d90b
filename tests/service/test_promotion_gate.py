"""The gate before a promotion over HTTP: who passes, what is said, what is written down; and that nobody notices."""

import errno
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from tests.service import photos
from tests.service.releases import tiny_release
from tests.service.serving import Served, serve
from tests.service.test_faces import error_code
from training.registry import Registry

OVERRIDE = {"by": "Ada", "why": "The old one fails on dark photos."}
GOOD = {"accuracy": (0.8, 0.02), "preservation": (0.9, 0.02), "frechet_resnet18": (1.0, 0.1)}


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A registry with a release that serves and one that does not."""
    for name, seed in (("first", 1), ("second", 2)):
        tiny_release(tmp_path / "releases", name, seed=seed, promote=name == "first")
    return tmp_path / "releases"


@pytest.fixture
def served(shelf: Path, tmp_path: Path) -> Iterator[Served]:
    """The application, where faces have reference photos."""
    with serve(shelf, tmp_path, references={"faces": tmp_path}) as served:
        yield served


def score(served: Served, name: str, reference: str = "r" * 64, **changed: tuple[float, float]) -> None:
    """Has a release scored: value and half of the interval, by metric."""
    release = served.studio.engine.pool.named("faces", name)
    metrics = {
        key: {"value": value, "low": value - half, "high": value + half}
        for key, (value, half) in {**GOOD, **changed}.items()
    }
    job = f"{len(served.studio.scores.list('faces', 100))}"
    served.studio.scores.add(job, "faces", (name, release.digest), metrics, reference)


def promote(served: Served, name: str = "second", **more: Any) -> httpx.Response:
    """One request for a promotion."""
    return served.client.post("/v1/faces/promote", json={"name": name, **more})


def history(served: Served) -> list[dict[str, Any]]:
    """What was done, the newest first."""
    found: list[dict[str, Any]] = served.client.get("/v1/faces/promotions").json()["promotions"]
    return found


def test_what_is_compared_with_is_what_another_process_has_promoted_meanwhile(served: Served, shelf: Path) -> None:
    tiny_release(shelf, "third", seed=3, promote=False)
    score(served, "first")
    score(served, "second", accuracy=(0.9, 0.02))
    score(served, "third", accuracy=(0.99, 0.005))
    registry = Registry(shelf)
    with ThreadPoolExecutor(1) as pool:
        with registry.changing("faces"):  # as another process has it
            asked = pool.submit(promote, served)
            registry.promote("faces", "third")
        assert (asked.result().status_code, error_code(asked.result())) == (409, "promotion_refused")
    assert "of third" in asked.result().text
    assert served.client.get("/v1/domains").json()["domains"][0]["release"]["name"] == "third"


def test_what_cannot_be_written_down_is_told_and_nothing_changes(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def readonly(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("training.registry.write_json", readonly)
    answer = promote(served, override=OVERRIDE)
    assert (answer.status_code, error_code(answer)) == (409, "release_not_usable")
    assert "Read-only file system" in answer.text
    assert history(served)[0]["what"] == "refuse"
    assert served.client.get("/v1/domains").json()["domains"][0]["release"]["name"] == "first"


def test_while_the_database_is_away_nothing_is_changed_so_that_to_ask_again_is_right(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> NoReturn:
        raise OperationalError("BEGIN", {}, Exception("the server closed the connection"))

    assert promote(served, override=OVERRIDE).status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr(served.studio.jobs.database, "write", away)
        for answer in (served.client.post("/v1/faces/rollback", json={}), promote(served, "first", override=OVERRIDE)):
            assert (answer.status_code, error_code(answer)) == (503, "database_away")
    assert served.client.get("/v1/domains").json()["domains"][0]["release"]["name"] == "second"
    assert served.client.post("/v1/faces/rollback", json={}).json()["release"]["name"] == "first"
    assert [deed["what"] for deed in history(served)] == ["rollback", "promote"]


def test_what_is_as_good_or_better_passes_and_the_comparison_is_kept(served: Served) -> None:
    score(served, "first")
    score(served, "second", accuracy=(0.79, 0.02), frechet_resnet18=(0.2, 0.1))
    assert promote(served).json()["release"]["name"] == "second"
    (deed,) = history(served)
    assert (deed["what"], deed["who"], deed["why"]) == ("promote", "local", "")
    assert deed["release"].startswith("second@")
    assert deed["data"]["before"] == deed["data"]["than"]
    assert deed["data"]["before"].startswith("first@")
    assert deed["data"]["metrics"]["accuracy"]["value"] == 0.79
    assert deed["data"]["those_of_it"]["accuracy"]["value"] == 0.8
    assert deed["data"]["runtime"] == "torch-cpu-fp32"


def test_what_is_worse_in_anything_is_refused_with_a_reason_each(served: Served, shelf: Path) -> None:
    score(served, "first")
    score(served, "second", accuracy=(0.7, 0.02), preservation=(0.99, 0.001), frechet_resnet18=(1.5, 0.1))
    response = promote(served)
    assert (response.status_code, error_code(response)) == (409, "promotion_refused")
    sentence = response.json()["error"]["message"]
    assert "accuracy 0.7 [0.68, 0.72] is worse than 0.8 [0.78, 0.82] of first." in sentence
    assert "frechet_resnet18 1.5 [1.4, 1.6] is worse than 1 [0.9, 1.1] of first." in sentence
    assert "preservation" not in sentence
    assert Registry(shelf).promoted_name("faces") == "first"
    (deed,) = history(served)
    assert (deed["what"], len(deed["data"]["reasons"])) == ("refuse", 2)


def test_without_scores_that_compare_it_is_refused_and_said_how_to_get_them(served: Served) -> None:
    assert (
        'POST /v1/jobs/evaluations with {"domain": "faces", "release": "second"}'
        in promote(served).json()["error"]["message"]
    )
    score(served, "second")
    score(served, "first", reference="s" * 64)
    refused = promote(served)
    assert error_code(refused) == "promotion_refused"
    assert "no scores of the same photos" in refused.text
    score(served, "first")
    assert promote(served).status_code == 200


def test_the_newest_scores_of_a_reference_count(served: Served) -> None:
    score(served, "first")
    score(served, "second", accuracy=(0.5, 0.02))
    assert promote(served).status_code == 409
    score(served, "second")
    assert promote(served).status_code == 200


def test_a_metric_that_is_missing_is_a_reason(served: Served) -> None:
    score(served, "first")
    score(served, "second")
    row = served.studio.scores.list("faces", 1)[0]
    metrics = {name: metric for name, metric in row.metrics.items() if name != "preservation"}
    served.studio.scores.add("x", "faces", ("second", row.digest), metrics, row.reference)
    assert "preservation is known of first alone" in promote(served).text


def test_somebody_may_answer_for_it_by_name(served: Served) -> None:
    assert promote(served, override={"by": "", "why": ""}).status_code == 422
    assert promote(served, override=OVERRIDE).status_code == 200
    (deed,) = history(served)
    assert (deed["what"], deed["why"], deed["data"]["override_by"]) == ("promote", OVERRIDE["why"], "Ada")
    assert len(deed["data"]["reasons"]) == 1


def test_nobody_can_answer_for_one_that_does_not_run(served: Served, shelf: Path) -> None:
    tiny_release(shelf, "spoilt", seed=3, promote=False, fill=float("nan"))
    response = promote(served, "spoilt", override=OVERRIDE)
    assert (response.status_code, error_code(response)) == (409, "release_not_usable")
    assert [deed["what"] for deed in history(served)] == ["refuse"]


def test_a_rollback_is_one_call_whatever_the_scores(served: Served) -> None:
    score(served, "first", accuracy=(0.1, 0.02))
    score(served, "second")
    assert promote(served).status_code == 200
    assert served.client.post("/v1/faces/rollback", json={}).json()["release"]["name"] == "first"
    assert [(deed["what"], deed["release"].partition("@")[0]) for deed in history(served)] == [
        ("rollback", "first"), ("promote", "second"),
    ]  # fmt: skip
    page = served.client.get("/v1/faces/promotions?limit=1").json()
    (older,) = served.client.get(f"/v1/faces/promotions?limit=1&before={page['next']}").json()["promotions"]
    assert older["what"] == "promote"


def test_the_first_of_a_domain_and_the_same_again_are_free(shelf: Path, tmp_path: Path) -> None:
    (shelf / "faces" / "promoted.json").unlink()
    with serve(shelf, tmp_path, ready=False, gate="on") as served:
        served.studio.engine.pool.refresh()
        assert [promote(served, "first").status_code, promote(served, "first").status_code] == [200, 200]
        assert error_code(promote(served, "second")) == "promotion_refused"


@pytest.mark.parametrize(("gate", "set_up", "status"), [("off", True, 200), ("auto", False, 200), ("on", False, 409)])
def test_whom_the_gate_stops_can_be_set(shelf: Path, tmp_path: Path, gate: str, set_up: bool, status: int) -> None:
    references = {"faces": tmp_path} if set_up else {}
    with serve(shelf, tmp_path, gate=gate, references=references) as served:
        assert promote(served).status_code == status


def test_no_request_is_dropped_while_releases_are_swapped(served: Served) -> None:
    stop, statuses = threading.Event(), list[tuple[int, str]]()

    def edit() -> None:
        with httpx.Client(base_url=served.client.base_url, timeout=60, trust_env=False) as client:
            while not stop.is_set():
                form = {"attributes": '{"Smiling": true}', "aligned": "true"}
                answer = client.post("/v1/faces/translate", files={"image": ("me.jpg", photos.jpeg())}, data=form)
                statuses.append((answer.status_code, answer.headers.get("X-Release", "").partition("@")[0]))

    threads = [threading.Thread(target=edit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        before = len(statuses)
        assert promote(served, override=OVERRIDE).status_code == 200
        while len(statuses) < before + 8:  # some that began before, some after
            assert all(thread.is_alive() for thread in threads)
            time.sleep(0.005)
        assert served.client.post("/v1/faces/rollback", json={}).status_code == 200
    stop.set()
    for thread in threads:
        thread.join()
    assert {status for status, _ in statuses} == {200}
    assert {name for _, name in statuses} == {"first", "second"}
