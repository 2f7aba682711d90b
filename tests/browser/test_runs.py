"""Trainings at the page whose answers are made up: what goes wrong, and what real ones would take minutes to reach."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.studio import photo

WEIGHTS = {"most": 9, "least": 1}
JOB = {
    "kind": "training", "domain": "faces", "state": "cancelled", "progress": None, "outcome": None, "error": None,
    "created_at": "2025-01-01T00:00:00Z", "ahead": None, "eta_seconds": None,
}  # fmt: skip
OPTIONS = {
    "preset": "faces/init", "overrides": {}, "size": [32, 24], "steps": 9, "embedding": True, "division": "test",
    "findings": [], "int8": False,
}  # fmt: skip


def job(name: str) -> dict[str, Any]:
    """A training that was stopped, whose id is its release's name."""
    return {**JOB, "id": name, "options": {**OPTIONS, "release": name}}


def mined(end: str) -> dict[str, Any]:
    """Where a sample of one end is."""
    return {"picture": f"/v1/jobs/run/{end}.jpg", "table": f"/v1/jobs/run/{end}.json", "weights": [WEIGHTS[end]]}


def events() -> str:
    """All that a run has told."""
    told = {
        "losses": {"step": 1, "terms": {"generator/adversarial": 0.5}},
        "mined": {"step": 1, **{end: mined(end) for end in WEIGHTS}},
        "job": job("run"),
    }
    return "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in told.items())


def answer(page: Page, address: str, **answered: Any) -> None:
    """What the service says at an address, as of `Route.fulfill`."""
    page.route(address, lambda route: route.fulfill(**answered))


@pytest.fixture
def run(page: Page) -> Page:
    """The page of a run that was stopped and has told of mined samples."""
    answer(page, "**/v1/jobs/run", json=job("run"))
    answer(page, "**/v1/jobs/run/events", body=events(), content_type="text/event-stream")
    for end, weight in WEIGHTS.items():
        table = [{"step": 1, "weight": weight, "source": ["Male"], "chains": [[["Smiling"]]]}]
        answer(page, f"**/{end}.json", json=table)
        answer(page, f"**/{end}.jpg", body=photo()["buffer"], content_type="image/png")
    page.goto("/train/run")
    return page


def test_samples_of_one_end_are_never_seen_beside_the_weights_of_the_other(run: Page) -> None:
    section = run.get_by_role("region", name="Most and least informative samples")
    expect(section.get_by_role("listitem")).to_contain_text("9step 1")
    held: list[Route] = []
    run.route("**/least.jpg", lambda route: held.append(route))
    with run.expect_event("requestfinished", lambda request: request.url.endswith("least.json")):
        section.get_by_role("radio", name="Least").check(force=True)
    run.get_by_label("Logarithmic scale").check()  # the table is in place by then
    expect(section.get_by_text("Loading…")).to_be_visible()
    expect(section.get_by_role("listitem")).to_have_count(0)
    held[0].fulfill(body=photo()["buffer"], content_type="image/png")
    expect(section.get_by_role("listitem")).to_contain_text("1step 1")


def test_a_training_that_could_not_be_deleted_says_so_in_the_dialog(run: Page) -> None:
    run.get_by_role("button", name="Delete…").click()
    answer(run, "**/v1/jobs/run", status=500, json={})
    dialog = run.get_by_role("dialog", name="Delete this training?")
    dialog.get_by_role("button", name="Delete it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("It was not deleted")


def test_a_run_that_cannot_be_watched_says_so_where_runs_are_compared(page: Page) -> None:
    jobs = [job(name) for name in ("one", "other")]
    answer(page, "**/v1/jobs?*", json={"jobs": jobs, "total": 2})
    page.route("**/v1/jobs/one/events", lambda route: route.abort("connectionrefused"))
    answer(page, "**/v1/jobs/other/events", status=404, json={})
    page.goto("/train/compare?runs=one,other")
    expect(page.get_by_role("status").filter(has_text="The connection to one is away")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("The curve of other could not be read")
