"""Evaluations over HTTP, with a tiny release and drawn photos; a test plays the worker."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.engine.scoring import Told
from service.jobs.evaluation import Found, run_evaluation
from service.jobs.judging import judge_job
from service.jobs.models import Job
from tests.service.gated import plain
from tests.service.releases import tiny_release
from tests.service.serving import Served, serve
from tests.service.test_faces import error_code
from tests.service.test_metrics import samples
from tests.training.datasets import write_celeba
from training.domains import SEASONS

METRICS = {"accuracy", "preservation", "frechet_resnet18"}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 labelled test photos, and others."""
    return write_celeba(tmp_path_factory.mktemp("reference"), 150)


@pytest.fixture
def served(reference: Path, tmp_path: Path) -> Iterator[Served]:
    """The application, with a release that serves, one that does not, and photos to score them on."""
    for name, seed in (("first", 1), ("second", 2)):
        tiny_release(tmp_path / "releases", name, seed=seed, promote=name == "first")
    folders = str(reference.parent)
    with serve(tmp_path / "releases", tmp_path, references={"faces": reference}, folders=folders) as served:
        yield served


def ask(served: Served, **body: Any) -> httpx.Response:
    """Asks for an evaluation of faces."""
    key = body.pop("key", None)
    headers = {"Idempotency-Key": key} if key else None
    return served.client.post("/v1/jobs/evaluations", json={"domain": "faces", **body}, headers=headers)


def work(served: Served, job_id: str) -> dict[str, Any]:
    """What a worker does; the job then."""
    studio = served.studio

    def score(job: Job, tell: Told) -> Found:
        return judge_job(
            studio.settings, studio.files, job, tell, plain, lambda *which: studio.scores.has("faces", *which)
        )

    run_evaluation(studio.jobs, studio.scores, score, job_id, 60)
    found: dict[str, Any] = served.client.get(f"/v1/jobs/{job_id}").json()
    return found


def evaluated(served: Served, **body: Any) -> dict[str, Any]:
    """An evaluation that has ended."""
    response = ask(served, **body)
    assert response.status_code == 202, response.text
    return work(served, response.json()["id"])


def test_the_promoted_release_is_scored_from_asking_to_metrics(served: Served, reference: Path) -> None:
    response = ask(served)
    job = response.json()
    assert (response.status_code, response.headers["Location"]) == (202, f"/v1/jobs/{job['id']}")
    assert (job["kind"], job["options"], served.enqueued) == ("evaluation", {}, [job["id"]])
    ended = work(served, job["id"])
    assert (ended["state"], ended["error"], ended["release"]["name"]) == ("succeeded", None, "first")
    outcome = ended["outcome"]
    assert set(outcome["metrics"]) == METRICS
    assert all(each["low"] <= each["value"] <= each["high"] for each in outcome["metrics"].values())
    assert outcome["metrics"]["frechet_resnet18"]["low"] < outcome["metrics"]["frechet_resnet18"]["high"]
    assert (outcome["photos"], outcome["runtime"], outcome["dropped"]) == (30, "torch-cpu-fp32", {})
    assert ended["progress"]["done"] == ended["progress"]["total"] == 300

    (score,) = served.client.get("/v1/faces/scores").json()["scores"]
    assert (score["job"], score["release"], score["metrics"]) == (job["id"], "first", outcome["metrics"])
    served.studio.score_board.read()
    label = f"first@{score['digest'][:12]}"
    told = samples(served.studio.metrics, "init_score")
    assert told == {("faces", name, label): metric["value"] for name, metric in outcome["metrics"].items()}
    assert set(samples(served.studio.metrics, "init_score_dropped").values()) == {0}
    assert b"init_score{" in served.client.get("/metrics").content


def test_the_same_again_is_the_same_to_the_last_digit(served: Served, reference: Path) -> None:
    first, again = evaluated(served)["outcome"], evaluated(served, reference=str(reference))["outcome"]
    assert first == again


def test_another_release_is_judged_by_the_one_that_serves_so_that_they_compare(served: Served) -> None:
    first, second = evaluated(served)["outcome"], evaluated(served, release="second")["outcome"]
    assert (first["judge"], first["reference"]) == (second["judge"], second["reference"])
    assert first["metrics"] != second["metrics"]
    parts = [served.client.get("/v1/faces/scores?limit=1").json()]
    parts.append(served.client.get(f"/v1/faces/scores?limit=1&before={parts[0]['next']}").json())
    assert [part["scores"][0]["release"] for part in parts] == ["second", "first"]


def test_a_release_that_serves_is_compared_with_its_predecessor(served: Served) -> None:
    evaluated(served)
    predecessor = served.studio.engine.pool.named("faces", "first").digest
    body = {"name": "second", "override": {"by": "Ada", "why": "A test."}}
    assert served.client.post("/v1/faces/promote", json=body).status_code == 200
    job = served.studio.jobs.get(ask(served).json()["id"])
    found = judge_job(served.studio.settings, served.studio.files, job, lambda done, total: None, plain)
    assert (found.name, found.predecessor, found.baseline) == ("second", predecessor, None)


def test_a_predecessor_is_scored_by_the_new_judge_once(served: Served) -> None:
    evaluated(served)
    body = {"name": "second", "override": {"by": "Ada", "why": "A test."}}
    assert served.client.post("/v1/faces/promote", json=body).status_code == 200
    mine = evaluated(served)
    new, old = served.client.get("/v1/faces/scores?limit=2").json()["scores"]
    assert (new["release"], old["release"], old["job"]) == ("second", "first", None)
    assert new["reference"] == old["reference"] == mine["outcome"]["reference"]
    evaluated(served)
    assert len(served.client.get("/v1/faces/scores").json()["scores"]) == 4


def test_asked_for_twice_under_a_key_it_is_one_job(served: Served) -> None:
    assert ask(served, key="1").json()["id"] == ask(served, key="1").json()["id"]
    conflict = ask(served, key="1", release="second")
    assert (conflict.status_code, error_code(conflict)) == (409, "idempotency_conflict")


def test_what_cannot_be_scored_is_refused_and_leaves_no_job(served: Served, reference: Path) -> None:
    (reference.parent / "empty").mkdir(exist_ok=True)
    bad: dict[str, dict[str, Any]] = {
        "unknown_domain": {"domain": "cats"},
        "unknown_release": {"release": "../first"},
        "no_reference": {"domain": "seasons"},
        "folder_not_allowed": {"reference": "/etc"},
        "folder_not_found": {"reference": str(reference.parent / "nowhere")},
        "invalid_reference": {"reference": str(reference.parent / "empty")},
        "invalid_request": {"photos": 3},
    }
    assert ask(served, release=5).json()["error"]["message"] == "release: Input should be a valid string."
    tiny_release(served.studio.settings.releases_dir, domain=SEASONS)
    served.studio.engine.pool.refresh()
    for code, body in bad.items():
        response = ask(served, **body)
        assert (response.status_code in (404, 422), error_code(response)) == (True, code), response.text
    assert "INIT_REFERENCES" in ask(served, domain="seasons").text
    assert served.client.get("/v1/jobs").json()["total"] == 0


def test_a_reference_of_too_few_photos_fails_with_a_sentence(served: Served, reference: Path) -> None:
    few = write_celeba(reference.parent / "few", 20)
    job = evaluated(served, reference=str(few))
    assert (job["state"], job["error"]) == ("failed", "The reference has 4 test photos; give it at least 20.")


def test_schedules_are_kept_until_they_are_removed(served: Served) -> None:
    put = served.client.put("/v1/schedules/faces", json={"cron": "0 3 * * *"})
    assert (put.status_code, put.json()["enabled"]) == (200, True)
    assert served.client.get("/v1/schedules").json() == {"schedules": [put.json()]}
    assert served.client.delete("/v1/schedules/faces").status_code == 204
    assert served.client.get("/v1/schedules").json() == {"schedules": []}
    gone = served.client.delete("/v1/schedules/faces")
    assert (gone.status_code, error_code(gone)) == (404, "unknown_schedule")


def test_bad_schedules_are_refused(served: Served) -> None:
    for path, cron, code in (
        ("faces", "0 25 * * *", "invalid_schedule"),
        ("cats", "0 3 * * *", "unknown_domain"),
        ("faces", "0 3 * * *" + " " * 100, "invalid_request"),
    ):
        response = served.client.put(f"/v1/schedules/{path}", json={"cron": cron})
        assert error_code(response) == code
    tiny_release(served.studio.settings.releases_dir, domain=SEASONS)
    served.studio.engine.pool.refresh()
    response = served.client.put("/v1/schedules/seasons", json={"cron": "0 3 * * *"})
    assert (response.status_code, error_code(response)) == (422, "no_reference")
