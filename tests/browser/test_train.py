"""Trainings at the page, by the real trainer: from the doctor's report over a stop to a release; two runs compared."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.studio import Studio
from tests.browser.test_page import WIDTHS, overhang
from tests.service.running import Running, running_service
from tests.training.datasets import write_celeba
from training.__main__ import main

pytestmark = pytest.mark.timeout(600)  # each stage imports torch anew, which takes long on a busy machine

# Networks that a loaded core trains in seconds.
SMALL = {
    "size": "[32, 24]",
    "options.generator_width": "8",
    "options.generator_blocks": "1",
    "options.discriminator_width": "8",
    "options.discriminator_strides": "[2, 2]",
}
STEPS = 200
PATIENCE = 240_000


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that trainings may read, with one of labelled photos in it."""
    folder = tmp_path_factory.mktemp("photos")
    write_celeba(folder / "celeba", photos=40)
    return folder


@pytest.fixture(scope="module")
def prepared(photos: Path) -> Path:
    """φ and a judge of them, which are not what is tested here: each takes as long as all the rest."""
    data = ["--data", str(photos / "celeba"), "--cache", str(photos / "cache"), "--size", "32", "24"]
    for command in ("embedding", "classifier"):
        assert main([command, *data, "--epochs", "1", "--width", "8", "--run", str(photos / command)]) == 0
    return photos


@pytest.fixture(scope="module")
def running(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service; its trainer is to be started."""
    settings = {
        "INIT_TRAINING_DATA": str(photos), "INIT_TRAINING_DEVICES": "cpu", "INIT_TRAINING_NICENESS": "0",
        "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    with running_service(tmp_path_factory.mktemp("train"), None, ("api",), settings) as running:
        yield running
        running.stop("trainer")


@pytest.fixture(scope="module")
def address(running: Running) -> str:
    """Where it is."""
    return running.url


def part(page: Page, name: str) -> Locator:
    """A section of the page."""
    return page.get_by_role("region", name=name, exact=True)


def fill_in(page: Page, photos: Path, release: str) -> None:
    """Asks for a training of small networks on the labelled photos."""
    page.goto("/train/new")
    page.get_by_role("radio", name="Faces", exact=True).check()
    page.get_by_label("Folder with the photos").fill(str(photos / "celeba"))
    page.get_by_label("Steps", exact=True).fill(str(STEPS))
    page.get_by_label("Name of the release").fill(release)
    page.get_by_role("checkbox", name=re.compile("^INT8")).uncheck()
    page.get_by_text("Advanced: any field of the preset").click()
    for number, (name, value) in enumerate(SMALL.items()):
        page.get_by_role("button", name="Add a field").click()
        page.get_by_label("Field", exact=True).nth(number).fill(name)
        page.get_by_label("Value", exact=True).nth(number).fill(value)


def start(page: Page) -> None:
    """Sends the form off."""
    page.get_by_role("button", name="Start the training").click()


def work(running: Running, prepared: Path, page: Page) -> None:
    """Has a trainer do the training that the page shows, from where φ and the judge are made."""
    run = running.folder / "data" / "runs" / page.url.rpartition("/")[2]
    for name in ("embedding", "classifier"):
        shutil.copytree(prepared / name, run / name)
    running.start("trainer")


def test_a_training_is_watched_stopped_and_goes_on_to_a_release(
    page: Page, running: Running, photos: Path, prepared: Path
) -> None:
    page.goto("/train")
    expect(page.get_by_role("heading", name="Nothing has been trained here yet")).to_be_visible()
    fill_in(page, photos, "mine")
    page.get_by_role("button", name="Examine the folder").click()
    report = part(page, "The doctor's report")
    expect(report).to_contain_text("24 / 8 / 8")
    expect(report.get_by_role("list", name="Findings")).to_contain_text("Note")
    assert Studio(page).violations() == []

    start(page)
    expect(page.get_by_role("heading", name="mine", level=1)).to_be_visible()
    expect(part(page, "Progress")).to_contain_text("as soon as a trainer is free")
    work(running, prepared, page)
    losses = part(page, "Losses")
    expect(losses.get_by_role("button", name=re.compile("^adversarial"))).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Stop").click()
    expect(part(page, "Progress")).to_contain_text("the last checkpoint is kept")
    page.reload()
    expect(losses.get_by_role("button", name=re.compile("^adversarial"))).to_be_visible()

    page.get_by_role("button", name="Go on").click()
    release = part(page, "The release")
    expect(release).to_contain_text("Preservation", timeout=PATIENCE)
    expect(part(page, "Progress").get_by_role("progressbar")).to_have_js_property("value", STEPS)
    expect(part(page, "Importance weights")).to_contain_text("Effective sample size")
    expect(page.get_by_role("img", name=re.compile(f"at step {STEPS}$"))).to_be_visible()
    mined = part(page, "Most and least informative samples")
    hop = mined.get_by_role("img", name=re.compile("^Hop 2 of 2")).first
    expect(hop).to_be_visible()
    page.route("**/*least*.jpg", lambda route: None)  # it is not answered
    with page.expect_response("**/*least*.json"):
        mined.get_by_role("radio", name="Least").check(force=True)
    expect(mined).to_contain_text("Loading…")  # and shows no pictures of the other end meanwhile
    expect(hop).to_have_count(0)
    page.unroute("**/*least*.jpg")
    mined.get_by_role("radio", name="Most").check(force=True)
    expect(hop).to_be_visible()
    page.get_by_role("slider", name=re.compile("^Step")).press("Home")
    expect(page.get_by_role("img", name=re.compile(f"at step {STEPS}$"))).to_have_count(0)
    page.get_by_label("Logarithmic scale").check()
    assert Studio(page).violations() == []
    assert [overhang(page, width) for width in WIDTHS] == [0, 0, 0]

    release.get_by_role("link", name="See the release").click()
    expect(page.get_by_role("heading", name="mine", level=1)).to_be_visible()
    expect(part(page, "Lineage").get_by_role("link", name=re.compile("^Job"))).to_be_visible()


def test_what_is_wrong_is_said_beside_its_field(page: Page, photos: Path) -> None:
    fill_in(page, photos, "other")
    steps, hops = page.get_by_label("Steps", exact=True), page.get_by_label("Hops", exact=True)
    steps.fill("many")
    start(page)
    expect(steps).to_have_accessible_description(re.compile("must be a whole number"))
    steps.fill("5")
    hops.fill("99")
    start(page)
    expect(hops).to_have_accessible_description(re.compile("less than or equal to 8"))
    hops.fill("")
    folder = page.get_by_label("Folder with the photos")
    folder.fill("/etc")
    start(page)
    expect(folder).to_have_accessible_description(re.compile("INIT_TRAINING_DATA"))
    assert Studio(page).violations() == []


def test_runs_are_laid_over_each_other_and_removed(page: Page, photos: Path) -> None:
    fill_in(page, photos, "third")
    page.get_by_label("Hops", exact=True).fill("1")
    start(page)
    expect(page.get_by_role("heading", name="third", level=1)).to_be_visible()
    page.get_by_role("link", name="← Trainings").click()
    for name in ("mine", "third"):
        page.get_by_role("checkbox", name=f"Compare {name}").check()
    page.get_by_role("link", name="Compare 2 runs").click()
    curves = part(page, "Curves")
    expect(curves.get_by_role("button", name=re.compile("^mine"))).to_be_visible()
    page.get_by_label("Which", exact=True).select_option("aiw/effective_sample_size")
    expect(page).to_have_url(re.compile("loss=aiw"))
    expect(part(page, "What differs")).to_contain_text("as preset")
    assert Studio(page).violations() == []

    part(page, "What differs").get_by_role("link", name="third").click()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("checkbox", name="Compare third")).to_have_count(0)
    expect(page.get_by_role("link", name=re.compile("^mine"))).to_be_visible()


def test_a_training_that_is_gone_says_so(page: Page) -> None:
    page.goto("/train/0123456789abcdef0123456789abcdef")
    expect(page.get_by_role("alert")).to_contain_text("There is no such job")
