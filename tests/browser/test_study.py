"""A blind study at the page: set up, voted on by two people with their keyboards, and its percent taken home."""

import csv
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from service.engine.engine import Engine
from service.engine.orders import Edit
from service.jobs.database import Database
from service.jobs.files import Files
from service.jobs.models import Item, Job
from service.jobs.store import JobStore
from service.jobs.translation import run_slice
from service.settings import Settings
from service.storage import open_store
from service.worker import study_order
from tests.browser.studio import Studio, loading, photo
from tests.browser.test_page import WIDTHS, overhang
from tests.service.gated import plain
from tests.service.releases import tiny_release
from tests.service.running import Running, running_service

NAME = "Old against new"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with two releases of faces. Its worker is played by `make_pictures`: the page cannot tell."""
    folder = tmp_path_factory.mktemp("study")
    for name, seed in (("first", 1), ("second", 2)):
        tiny_release(folder / "releases", name, seed=seed, promote=name == "first")
    with running_service(folder, folder / "releases", ("api",), {"INIT_RUNTIME": "torch"}) as running:
        yield running


@pytest.fixture(scope="module")
def address(service: Running) -> str:
    """Where it is."""
    return service.url


@pytest.fixture(scope="module")
def make_pictures(service: Running) -> Iterator[Callable[[], None]]:
    """Makes the pictures of all studies, as a worker does."""
    settings = Settings.model_validate({"data_dir": service.folder / "data", "releases_dir": service.releases})
    engine, store = Engine(settings, load=plain), JobStore(Database(settings.database))
    engine.pool.refresh()
    files = Files(open_store(settings))

    def translate(job: Job, item: Item, photo: bytes) -> Edit:
        return engine.translate(job.domain, photo, study_order(job, item))

    def work() -> None:
        while study := store.next("study"):
            run_slice(store, files, translate, study, 60, 60)

    with ThreadPoolExecutor(1) as thread:  # in this one Playwright has an event loop
        yield lambda: thread.submit(work).result()
    engine.close()
    store.database.close()


def fill_in(page: Page, name: str) -> None:
    """A study of two releases, two photos and one edit, to be sent."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("region", name="Releases to compare").get_by_role("checkbox", name="first").check()
    page.get_by_role("checkbox", name="second").check()
    page.get_by_role("checkbox", name="Smiling", exact=True).check()
    page.get_by_label("Photos of the study").set_input_files([photo("a.png"), photo("b.png", size=(160, 200))])
    page.get_by_label("Framed like portraits already").check()
    expect(page.get_by_text("4 pictures to prepare, and 2 questions for each voter")).to_be_visible()


def set_up(page: Page, make_pictures: Callable[[], None]) -> str:
    """A study as `fill_in` has it, with its pictures; the link for voters."""
    page.goto("/study")
    page.get_by_role("link", name="New study").click()
    fill_in(page, NAME)
    page.get_by_role("button", name="Prepare the study").click()
    expect(page.get_by_role("heading", name="The pictures are being made")).to_be_visible()
    expect(page.get_by_text("0 of 4 pictures", exact=True)).to_be_visible()
    make_pictures()
    link = page.get_by_role("textbox", name="Link for voters")
    expect(link).to_have_value(re.compile(r"/study/vote/[\w-]{32}$"))
    return link.input_value()


def answer(page: Page, key: str) -> None:
    """Votes with a key, once the pictures are there."""
    expect(page.get_by_role("button", name="Result 1")).to_be_enabled()
    page.keyboard.press(key)


def test_two_people_vote_by_keyboard_and_the_percent_is_taken_home(
    page: Page, browser: Browser, make_pictures: Callable[[], None]
) -> None:
    link = set_up(page, make_pictures)
    expect(page.get_by_text("Nobody has voted yet")).to_be_visible()

    first = browser.new_context(reduced_motion="reduce").new_page()
    first.goto(link)
    expect(first.get_by_role("heading", name="Which picture is the best result?")).to_be_visible()
    expect(first.get_by_text("Question 1 of 2", exact=True)).to_be_visible()
    expect(first.get_by_role("img", name="The original")).to_be_visible()
    expect(first.get_by_role("navigation")).to_have_count(0)
    assert Studio(first).violations() == [], "voting"
    assert [overhang(first, width) for width in WIDTHS] == [0, 0, 0]
    answer(first, "1")
    expect(first.get_by_text("Question 2 of 2", exact=True)).to_be_visible()
    first.reload()
    expect(first.get_by_text("Question 2 of 2", exact=True)).to_be_visible()
    answer(first, "2")
    expect(first.get_by_role("heading", name="Thank you")).to_be_visible()
    first.keyboard.press("z")
    expect(first.get_by_text("Question 2 of 2", exact=True)).to_be_visible()
    answer(first, "2")
    expect(first.get_by_role("heading", name="Thank you")).to_be_visible()

    second = browser.new_context().new_page()
    second.goto(link)
    answer(second, "1")
    expect(second.get_by_text("Question 2 of 2", exact=True)).to_be_visible()
    elsewhere = browser.new_context().new_page()  # another of their devices
    elsewhere.goto(second.url)
    expect(elsewhere.get_by_text("Question 2 of 2", exact=True)).to_be_visible()
    elsewhere.get_by_role("button", name="Result 2").click()
    expect(elsewhere.get_by_role("heading", name="Thank you")).to_be_visible()

    page.reload()
    expect(page.get_by_text("4 votes of 2 voters, 2 finished")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("^All edits"))
    shares = [float(each) for each in re.findall(r"([\d.]+)%", row.inner_text())]
    assert len(shares) == 2
    assert sum(shares) == 100
    assert Studio(page).violations() == [], "results"
    assert [overhang(page, width) for width in WIDTHS] == [0, 0, 0]
    with page.expect_download() as saved:
        page.get_by_role("button", name="Results as CSV").click()
    with saved.value.path().open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [float(line["percent"]) for line in table if line["edit"] == "all edits"] == shares
    for voting in (first, second, elsewhere):
        voting.context.close()

    page.get_by_role("link", name="User studies").click()
    expect(page.get_by_role("link", name=re.compile(NAME))).to_contain_text("4 votes of 2 voters")
    assert Studio(page).violations() == [], "all studies"


def test_a_vote_that_is_lost_is_told_and_can_be_given_again(page: Page, make_pictures: Callable[[], None]) -> None:
    page.goto(set_up(page, make_pictures))
    page.route("**/votes", lambda route: route.abort("connectionrefused"))
    answer(page, "1")
    expect(page.get_by_role("alert")).to_contain_text("Your vote was not saved")
    expect(page.get_by_text("Question 1 of 2", exact=True)).to_be_visible()
    page.unroute("**/votes")
    answer(page, "1")
    expect(page.get_by_text("Question 2 of 2", exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_is_missing_is_said_and_a_study_can_be_deleted(page: Page, make_pictures: Callable[[], None]) -> None:
    link = set_up(page, make_pictures)
    page.get_by_role("button", name="Delete this study").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("heading", name="User studies")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("leads to no study")
    assert Studio(page).violations() == [], "a link that leads nowhere"
    page.goto("/study/new")
    page.get_by_label("Name", exact=True).fill("Nothing chosen")
    page.get_by_role("button", name="Prepare the study").click()
    expect(page.get_by_role("alert")).to_have_text("Choose at least two releases to compare.")
    page.get_by_text("Several changes as one edit").click()
    together = page.get_by_role("group", name="Choose what is changed together")
    for name in ("Smiling", "Black hair", "Blond hair"):  # of two hair colours the last one stays
        together.get_by_role("checkbox", name=name, exact=True).check()
    page.get_by_role("button", name="Add as one edit").click()
    edits = page.get_by_role("list", name="Edits of several attributes").get_by_role("listitem")
    expect(edits).to_have_text(["Blond hair + Smiling"])
    expect(page.get_by_text("0 photos × 1 edit × 0 releases")).to_be_visible()
    assert Studio(page).violations() == [], "setting up"


def test_a_service_that_starts_anew_takes_nothing_of_what_is_filled_in(page: Page) -> None:
    def ask(after: int) -> None:
        with page.expect_response("**/v1/domains"):
            page.clock.fast_forward(after)

    page.clock.install()
    page.route("**/v1/domains", loading)
    page.goto("/study/new")
    expect(page.get_by_role("alert")).to_contain_text("The service is not ready yet; this page continues when it is.")
    page.unroute("**/v1/domains")
    ask(after=5_000)
    fill_in(page, "Kept")

    page.route("**/v1/domains", loading)
    ask(after=15_000)
    page.unroute("**/v1/domains")
    ask(after=5_000)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Kept")
    expect(page.get_by_text("4 pictures to prepare, and 2 questions for each voter")).to_be_visible()


def test_a_study_whose_answer_was_lost_is_sent_again_and_is_one(page: Page) -> None:
    def lose(route: Route) -> None:
        assert route.fetch().ok
        route.abort("connectionreset")

    page.goto("/study/new")
    fill_in(page, "Sent twice")
    page.route("**/v1/studies", lose, times=1)
    page.get_by_role("button", name="Prepare the study").click()
    expect(page.get_by_role("alert")).to_contain_text("The study was not made")
    page.get_by_role("button", name="Prepare the study").click()
    expect(page.get_by_role("heading", name="Sent twice", level=1)).to_be_visible()
    page.get_by_role("link", name="User studies").click()
    expect(page.get_by_role("link", name=re.compile("^Sent twice"))).to_have_count(1)
