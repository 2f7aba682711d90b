"""Releases at the page: which serves, how good each is, who promotes what and why, and where a release comes from."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from service.errors import PROBLEMS
from service.jobs.database import Database
from service.jobs.scores import ScoreBook
from tests.browser.studio import Studio
from tests.browser.test_page import WIDTHS, overhang
from tests.service.releases import tiny_release
from tests.service.running import Running, running_service
from tests.training.datasets import write_celeba

NAMES = ("first", "second", "third")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service with three releases of faces, of which the first serves and two are scored, and a gate."""
    folder = tmp_path_factory.mktemp("releases")
    releases = {
        name: tiny_release(folder / "releases", name, seed, promote=name == "first") for seed, name in enumerate(NAMES)
    }
    references = {"INIT_REFERENCES": json.dumps({"faces": str(write_celeba(folder / "reference"))})}
    with running_service(folder, folder / "releases", ("api",), references) as running:
        for day, (name, accuracy) in enumerate((("first", 0.78), ("first", 0.8), ("second", 0.7))):
            score(folder / "data", day, name, releases[name].digest, accuracy)
        yield running


@pytest.fixture(scope="module")
def address(running: Running) -> str:
    """Where it is."""
    return running.url


def score(data: Path, number: int, name: str, digest: str, accuracy: float) -> None:
    """What an evaluation would have found."""
    metrics = {
        "accuracy": {"value": accuracy, "low": accuracy - 0.02, "high": accuracy + 0.02},
        "frechet_resnet18": {"value": 6.5, "low": 6.0, "high": 7.0},
    }
    database = Database(f"sqlite:///{data / 'studio.db'}")
    ScoreBook(database).add(f"job{number}", "faces", (name, digest), metrics, "r" * 64)
    database.close()


@pytest.fixture
def at(page: Page) -> Page:
    """The page with the releases of faces."""
    page.goto("/releases")
    expect(page).to_have_url(re.compile("/releases/faces$"))
    expect(serving(page)).to_be_visible()
    return page


def part(page: Page, name: str) -> Locator:
    """A section of the page."""
    return page.get_by_role("region", name=name, exact=True)


def serving(page: Page) -> Locator:
    """The name of the release that serves."""
    return part(page, "Serving now").get_by_role("heading")


def ask_for(page: Page, name: str) -> Locator:
    """Asks for a promotion that the gate refuses; the dialog with its reasons."""
    page.get_by_role("button", name=f"Promote {name}…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Promote", exact=True).click()
    expect(dialog.get_by_role("heading", name=f"The gate refuses {name}")).to_be_visible()
    return dialog


def test_releases_are_side_by_side_with_their_intervals(at: Page) -> None:
    expect(serving(at)).to_have_text("first")
    rows = part(at, "Side by side").get_by_role("row")
    expect(rows).to_have_count(1 + len(NAMES))
    expect(rows.filter(has_text="first")).to_contain_text("80.0 % [78.0, 82.0]")
    expect(rows.filter(has_text="first")).to_contain_text("Serving")
    expect(rows.filter(has_text="second")).to_contain_text("70.0 % [68.0, 72.0]")
    expect(rows.filter(has_text="second")).to_contain_text("6.5 [6, 7]")
    expect(part(at, "Evaluations over time").get_by_role("button", name=re.compile("^first"))).to_contain_text("80.0 %")


def test_where_a_key_is_wanted_to_promote_it_can_be_entered(at: Page) -> None:
    problem = PROBLEMS["promotion_not_allowed"]
    error = {"code": problem.code, "message": problem.message, "request_id": "a1"}
    at.route("**/promote", lambda route: route.fulfill(status=problem.status, json={"error": error}))
    at.get_by_role("button", name="Promote second…").click()
    at.get_by_role("dialog").get_by_role("button", name="Promote", exact=True).click()
    at.get_by_role("alert").get_by_role("button", name="Enter a key").click()
    expect(at.get_by_role("textbox", name="API key")).to_be_focused()


def test_what_is_worse_is_refused_with_reasons_until_somebody_answers_for_it(at: Page) -> None:
    dialog = ask_for(at, "second")
    expect(dialog.get_by_role("alert")).to_contain_text("accuracy 0.7 [0.68, 0.72] is worse than 0.8 [0.78, 0.82]")
    anyway = dialog.get_by_role("button", name="Promote all the same")
    expect(anyway).to_be_disabled()
    dialog.get_by_label("Your name").fill("Ada")
    dialog.get_by_label("Why it is to serve").fill("The old one fails on dark photos.")
    assert Studio(at).violations() == []
    anyway.click()
    expect(serving(at)).to_have_text("second")

    newest = part(at, "Log of promotions").locator("ol > li").first
    expect(newest).to_contain_text("Ada (local)")
    expect(newest).to_contain_text("The old one fails on dark photos.")
    expect(newest).to_contain_text("is worse than")

    at.get_by_role("button", name="Roll back…").click()
    at.get_by_role("dialog").get_by_role("button", name="Roll back", exact=True).click()
    expect(serving(at)).to_have_text("first")
    expect(newest).to_contain_text("Rolled back")


def test_what_was_refused_stays_in_sight_when_answering_for_it_fails(at: Page) -> None:
    dialog = ask_for(at, "second")
    dialog.get_by_label("Your name").fill("Ada")
    dialog.get_by_label("Why it is to serve").fill("The old one fails on dark photos.")
    at.route("**/v1/faces/promote", lambda route: route.abort("connectionrefused"))
    dialog.get_by_role("button", name="Promote all the same").click()
    expect(dialog.get_by_text("It was not promoted")).to_be_visible()
    expect(dialog.get_by_role("heading", name="The gate refuses second")).to_be_visible()
    expect(dialog.get_by_label("Your name")).to_have_value("Ada")
    expect(serving(at)).to_have_text("first")


def test_an_evaluation_that_was_not_started_is_told_of_where_it_was_asked_for(at: Page) -> None:
    part(at, "Side by side").get_by_role("link", name="third").click()
    at.get_by_role("button", name="Promote…").click()
    dialog = at.get_by_role("dialog")
    dialog.get_by_role("button", name="Promote", exact=True).click()
    at.route("**/v1/jobs/evaluations", lambda route: route.abort("connectionrefused"))
    dialog.get_by_role("button", name="Evaluate third now").click()
    expect(at.get_by_role("alert").filter(has_text="The evaluation was not started")).to_be_visible()


def test_what_was_never_scored_is_evaluated_first(at: Page) -> None:
    dialog = ask_for(at, "third")
    expect(dialog.get_by_role("alert")).to_have_text("third has no score: evaluate it first.")
    dialog.get_by_role("button", name="Evaluate third now").click()
    expect(dialog).to_be_hidden()
    row = part(at, "Side by side").get_by_role("row").filter(has_text="third")
    expect(row).to_contain_text("Being evaluated")
    row.get_by_role("link", name="third").click()
    expect(at.get_by_role("heading", name="third", level=1)).to_be_visible()
    expect(at.get_by_text("Being evaluated…")).to_be_visible()


def test_two_releases_edit_the_same_photo(at: Page) -> None:
    same = part(at, "On the same photo")
    same.get_by_role("button", name=re.compile("^Compare on")).first.click()
    for name in ("first", "second"):
        expect(same.get_by_role("img", name=f"The photo and its edits by {name}")).to_be_visible()
    same.get_by_role("radio", name="Slider").check(force=True)
    expect(same.get_by_role("slider")).to_be_visible()
    assert Studio(at).violations() == []
    assert [overhang(at, width) for width in WIDTHS] == [0, 0, 0]


def test_a_sample_that_comes_late_replaces_no_newer_choice(at: Page) -> None:
    same = part(at, "On the same photo")
    samples = same.get_by_role("button", name=re.compile("^Compare on"))
    late, newer = samples.nth(0), samples.nth(1)
    held: list[Route] = []
    at.route(f"**{late.locator('img').get_attribute('src')}", lambda route: held.append(route))
    with at.expect_request(lambda request: request.resource_type == "fetch" and "/v1/samples/" in request.url):
        late.click()
    newer.click()
    expect(newer).to_have_attribute("aria-pressed", "true")
    with at.expect_event("requestfinished", lambda request: request.url == held[0].request.url):
        held[0].continue_()
    same.get_by_role("radio", name="Slider").check(force=True)
    expect(same.get_by_role("slider")).to_be_visible()
    expect(newer).to_have_attribute("aria-pressed", "true")


def test_a_schedule_is_set_corrected_and_removed(at: Page) -> None:
    schedule = part(at, "Schedule")
    cron = schedule.get_by_label("Minute, hour, day, month, weekday (UTC)")
    cron.fill("0 25 * * *")
    schedule.get_by_role("button", name="Set the schedule").click()
    expect(schedule.get_by_role("alert")).to_contain_text("25")
    schedule.get_by_role("button", name="Every week").click()
    schedule.get_by_role("button", name="Set the schedule").click()
    expect(schedule.get_by_role("status")).to_contain_text("Every Monday at 03:00 UTC")
    schedule.get_by_role("button", name="Remove it").click()
    expect(schedule.get_by_role("status")).to_have_text("None is set.")


def test_a_release_says_where_it_comes_from(at: Page) -> None:
    part(at, "Side by side").get_by_role("link", name="second").click()
    expect(at.get_by_role("heading", name="second", level=1)).to_be_visible()
    lineage = part(at, "Lineage")
    expect(lineage).to_contain_text("none: random networks for tests")
    expect(lineage).to_contain_text("By a person")
    expect(part(at, "Model card")).to_be_visible()
    assert Studio(at).violations() == []


def test_who_may_not_promote_is_told_so(at: Page) -> None:
    sentence = "This needs an API key with the scope promote, which this one does not have."
    error = {"code": "scope_required", "message": sentence, "request_id": "a1"}
    at.route("**/v1/faces/promote", lambda route: route.fulfill(status=403, json={"error": error}))
    at.get_by_role("button", name="Promote third…").click()
    dialog = at.get_by_role("dialog")
    dialog.get_by_role("button", name="Promote", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text(sentence)
    dialog.get_by_role("button", name="Use another key").click()
    asking = at.get_by_role("dialog", name="This service asks for an API key")
    expect(asking).to_contain_text(sentence)
    asking.get_by_role("button", name="Not now").click()
    dialog.get_by_role("button", name="Cancel").click()
    expect(serving(at)).to_have_text("first")
