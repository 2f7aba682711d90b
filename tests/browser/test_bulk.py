"""Many photos at once, from dropping them to the zip of results, on a service whose worker comes late."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from service.access.keys import Keys
from service.jobs.database import Database
from tests.browser.studio import Studio, loading, photo
from tests.service.running import START_SECONDS, Running, running_service, wait_for

WORK_MS = 1000 * START_SECONDS  # for what a worker does, which may be starting on a busy machine
FILES_OF_A_FORM = 4  # more photos are sent as a zip, which the page makes
MANY = 2000
# Counts the object URLs that the page has not given back, and the most that there were at once.
COUNT_URLS = """
    const { createObjectURL, revokeObjectURL } = URL;
    window.urls = new Set();
    window.most = 0;
    URL.createObjectURL = (blob) => {
        const url = createObjectURL.call(URL, blob);
        window.most = Math.max(window.most, window.urls.add(url).size);
        return url;
    };
    URL.revokeObjectURL = (url) => {
        window.urls.delete(url);
        revokeObjectURL.call(URL, url);
    };
"""
# The answer to the first upload is lost on its way, though the service has taken all of it.
LOSE_AN_ANSWER = """
    window.XMLHttpRequest = class extends XMLHttpRequest {
        send(body) {
            if (!window.lost) {
                const { onerror } = this;
                this.onload = () => onerror();
                window.lost = true;
            }
            super.send(body);
        }
    };
"""

pytestmark = pytest.mark.timeout(2 * START_SECONDS)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service without a worker, until a test starts it."""
    folder = tmp_path_factory.mktemp("bulk")
    settings = {
        "INIT_MAX_JOB_FILES": str(FILES_OF_A_FORM),
        "INIT_FOLDERS": str(folder / "photos"),
        "INIT_KEYS_SECONDS": "0.2",
        "INIT_RUNTIME": "torch",  # loaded in no time; OpenVINO compiles first
    }
    with running_service(folder, parts=("api",), environment=settings) as running:
        yield running
        running.stop("worker")


@pytest.fixture(scope="module")
def address(service: Running) -> str:
    """In place of the service that the other tests share."""
    return service.url


@pytest.fixture
def worker(service: Running) -> Running:
    """The service with its worker."""
    if "worker" not in service.processes:
        service.start("worker")
        job = f"{service.url}/v1/jobs/{sent(service, 1)}"  # done once the worker has its model, which takes a while
        wait_for(lambda: httpx.get(job, trust_env=False).json()["done"] == 1, START_SECONDS, service.logs)
    return service


def photos(number: int) -> list[FilePayload]:
    """Small portraits."""
    return [photo(f"{index}.jpg", "JPEG", (89, 109)) for index in range(number)]


def choose(page: Page, files: list[FilePayload]) -> None:
    """Opens the view, takes photos, and wishes a smile."""
    page.goto("/bulk")
    page.get_by_label("Photos to edit").set_input_files(files)
    page.get_by_role("group", name="Smiling").get_by_role("radio", name="Yes").check(force=True)


def counted(page: Page, name: str) -> Locator:
    """The choice of what is shown, which says how many there are: "Done 5"."""
    return page.get_by_role("radio", name=name, exact=True)


def edited(page: Page) -> Locator:
    """Photos that can be opened."""
    return page.get_by_role("button", name=re.compile("^Open "))


def sent(service: Running, number: int) -> str:
    """A job that somebody else has asked for; its id."""
    files = [("archive", ("photos.zip", archive_of(photos(number))))]
    asked = {"attributes": '{"Smiling": true}', "aligned": "true"}
    job = httpx.post(f"{service.url}/v1/jobs/translations", data=asked, files=files, trust_env=False, timeout=60)
    return str(job.raise_for_status().json()["id"])


def archive_of(files: list[FilePayload]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in files:
            archive.writestr(file["name"], file["buffer"])
    return buffer.getvalue()


def test_a_job_that_is_being_deleted_can_still_be_kept(service: Running, page: Page) -> None:
    """As long as photos are in work the service does not delete it, and the page tries again."""
    assert "worker" not in service.processes
    error = {"code": "job_not_finished", "message": "The job still runs.", "request_id": "a1"}
    tries: list[str] = []

    def refuse(route: Route) -> None:
        if route.request.method != "DELETE":
            return route.continue_()
        tries.append(route.request.url)
        return route.fulfill(status=409, json={"error": error})

    job = f"/v1/jobs/{sent(service, 1)}"
    page.route(f"**{job}", refuse)
    page.clock.install()
    page.goto(job.replace("/v1/jobs", "/bulk"))
    page.get_by_role("button", name="Cancel…").click()
    dialog = page.get_by_role("dialog")
    with page.expect_response(lambda answer: answer.status == 409):
        dialog.get_by_role("button", name="Cancel and delete").click()
    with page.expect_response(lambda answer: answer.status == 409):
        page.clock.run_for(1000)
    dialog.get_by_role("button", name="Keep it").click()
    kept = len(tries)
    page.clock.run_for(2000)
    assert page.evaluate("async (job) => (await fetch(job)).status", job) == 200
    assert len(tries) == kept


def test_a_job_without_a_worker_says_why_it_waits_can_be_paused_and_goes_on(service: Running, page: Page) -> None:
    assert "worker" not in service.processes
    choose(page, photos(2))
    page.get_by_role("button", name="Edit 2 photos").click()
    expect(page.get_by_role("heading", name="Smiling", level=1)).to_be_visible()
    expect(page.get_by_text("No worker answers.")).to_be_visible()
    assert Studio(page).violations() == [], "waiting"

    page.route("**/cancel", lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work")
    page.unroute("**/cancel")
    job = f"{service.url}/v1/jobs/{page.url.rpartition('/')[2]}"
    httpx.post(f"{job}/cancel", trust_env=False)  # as another page would
    expect(page.get_by_text("Stopped at 0 of 2 photos")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("No worker answers.")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Stopped at 0 of 2 photos")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("No worker answers.")).to_be_visible()

    service.start("worker")
    expect(counted(page, "Done 2")).to_be_visible(timeout=WORK_MS)
    expect(page.get_by_text("No worker answers.")).to_have_count(0)


def test_what_is_being_loaded_is_waited_for(page: Page) -> None:
    page.route("**/v1/domains", loading)
    page.clock.install()
    page.goto("/bulk")
    expect(page.get_by_role("alert")).to_contain_text("this page continues when it is")
    page.unroute("**/v1/domains")
    page.clock.fast_forward(5000)
    expect(page.get_by_role("heading", name="What to change")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_six_photos_one_of_them_broken_from_the_drop_to_the_zip(worker: Running, page: Page) -> None:
    broken: FilePayload = {"name": "broken.jpg", "mimeType": "image/jpeg", "buffer": b"Not a photo."}
    notes: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Not a photo."}
    choose(page, [*photos(5), broken, notes])
    expect(page.get_by_text("Not a photo: 1 file left out.")).to_be_visible()
    assert Studio(page).violations() == [], "chosen"
    page.get_by_role("button", name="Edit 6 photos").click()

    expect(counted(page, "Done 5")).to_be_visible(timeout=WORK_MS)
    expect(page.get_by_role("img")).to_have_count(0)  # of tiles the button has the name
    expect(edited(page)).to_have_count(5)
    expect(page.locator("li img")).to_have_count(5)
    assert Studio(page).violations() == [], "done"

    edited(page).first.click()
    dialog = page.get_by_role("dialog", name="0.jpg")
    expect(dialog.get_by_role("img", name="Edited: 0.jpg")).to_be_visible()
    assert Studio(page).violations() == [], "opened"
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog", name="1.jpg")).to_be_visible()
    page.keyboard.press("Escape")
    expect(edited(page).first).to_be_focused()

    counted(page, "Failed 1").check(force=True)
    expect(page.get_by_role("listitem").filter(has_text="broken.jpg")).to_contain_text("The file is not an image")
    assert Studio(page).violations() == [], "failed"

    with page.expect_download() as started:
        page.get_by_role("link", name="Download all").click()
    names = zipfile.ZipFile(started.value.path()).namelist()
    assert names == [f"000{index + 1}-{index}.jpg" for index in range(5)] + ["manifest.json"]


def test_an_upload_whose_answer_is_lost_is_sent_again_and_makes_one_job(worker: Running, page: Page) -> None:
    page.add_init_script(LOSE_AN_ANSWER)
    choose(page, photos(2))
    before = page.request.get("/v1/jobs").json()["total"]
    page.get_by_role("button", name="Edit 2 photos").click()
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("The connection broke")
    problem.get_by_role("button", name="Try again").click()
    expect(counted(page, "Done 2")).to_be_visible(timeout=WORK_MS)
    assert page.request.get("/v1/jobs").json()["total"] == before + 1


def test_a_reload_in_the_middle_of_a_job_loses_nothing(worker: Running, page: Page) -> None:
    page.goto(f"/bulk/{sent(worker, 40)}")
    expect(edited(page).first).to_be_visible()
    page.reload()
    expect(counted(page, "Done 40")).to_be_visible(timeout=WORK_MS)
    expect(edited(page)).to_have_count(40)


def test_arrow_keys_lead_through_all_photos_and_few_of_them_are_in_the_page(worker: Running, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"/bulk/{sent(worker, 120)}")
    expect(counted(page, "Done 120")).to_be_visible(timeout=WORK_MS)
    tiles = page.get_by_role("button", name=re.compile(r"^Open \d+\.jpg"))
    assert tiles.count() < 60
    tiles.first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Open 3.jpg")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("button", name="Open 119.jpg")).to_be_focused()
    assert tiles.count() < 60


def test_photos_that_could_not_be_fetched_are_shown_once_the_service_is_back(worker: Running, page: Page) -> None:
    away = ("**/result", "**/health/live")
    for address in away:
        page.route(address, lambda route: route.abort("connectionrefused"))
    page.goto(f"/bulk/{sent(worker, 3)}")
    expect(counted(page, "Done 3")).to_be_visible(timeout=WORK_MS)
    expect(edited(page).filter(has_text="0.jpg")).to_be_visible()
    expect(page.get_by_text("The service does not answer.", exact=True)).to_be_visible()
    for address in away:
        page.unroute(address)
    expect(page.locator("li img")).to_have_count(3)


def test_of_two_thousand_photos_only_those_in_sight_take_up_memory(service: Running, page: Page) -> None:
    """What a worker would take minutes for is told by the test; the page cannot tell."""
    job = httpx.get(f"{service.url}/v1/jobs/{sent(service, 1)}", trust_env=False).json()
    httpx.post(f"{service.url}/v1/jobs/{job['id']}/cancel", trust_env=False)
    job |= {"state": "succeeded", "total": MANY, "done": MANY, "ahead": None, "eta_seconds": None}
    events = "".join(
        f"id: {index + 1}\nevent: photo\ndata: {json.dumps(ended(job['id'], index))}\n\n" for index in range(MANY)
    )
    events += f"event: job\ndata: {json.dumps(job)}\n\n"
    picture = photos(1)[0]["buffer"]
    page.route(f"**/v1/jobs/{job['id']}", lambda route: route.fulfill(json=job))
    page.route("**/events", lambda route: route.fulfill(body=events, content_type="text/event-stream"))
    page.route("**/items/*/result", lambda route: route.fulfill(body=picture, content_type="image/jpeg"))
    page.add_init_script(COUNT_URLS)
    page.goto(f"/bulk/{job['id']}")
    expect(counted(page, f"Done {MANY:,}")).to_be_visible()
    for part in (0.25, 0.5, 0.75, 1):
        page.evaluate("part => scrollTo(0, part * document.body.scrollHeight)", part)
        expect(page.locator("li img").last).to_be_visible()
    expect(page.get_by_role("button", name=f"Open {MANY - 1}.jpg")).to_be_in_viewport()
    assert edited(page).count() < 100
    assert page.evaluate("window.most") < 100


def ended(job: str, index: int) -> dict[str, object]:
    """A photo as an event tells of it."""
    url = f"/v1/jobs/{job}/items/{index}/result"
    return {"index": index, "filename": f"{index}.jpg", "state": "done", "error": None, "result_url": url}


def test_a_folder_of_the_service_is_edited_and_its_job_deleted(worker: Running, page: Page) -> None:
    folder = worker.folder / "photos" / "may"
    folder.mkdir(parents=True)
    for file in photos(2):
        Path(folder, file["name"]).write_bytes(file["buffer"])
    page.goto("/bulk")
    page.get_by_role("radio", name="In a folder of the service").check(force=True)
    page.get_by_role("textbox", name="Folder", exact=True).fill(str(folder))
    page.get_by_role("group", name="Hair").get_by_role("radio", name="Blond").check(force=True)
    page.get_by_role("button", name="Edit the folder").click()
    expect(counted(page, "Done 2")).to_be_visible(timeout=WORK_MS)

    job = page.url
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Many photos at once")).to_be_visible()
    page.goto(job)
    expect(page.get_by_role("alert")).to_contain_text("There is no such job")


@pytest.fixture
def keys(worker: Running) -> Iterator[Keys]:
    """The service's."""
    with closing(Database(f"sqlite:///{worker.folder / 'data' / 'studio.db'}")) as database:
        yield Keys(database)


def test_a_key_that_ends_meanwhile_is_asked_for_and_what_needs_it_goes_on(
    worker: Running, keys: Keys, page: Page
) -> None:
    phone, secret = keys.create("phone", ["jobs"], None, None, None)
    _, other = keys.create("laptop", ["admin"], None, None, None)
    page.add_init_script("delete window.showSaveFilePicker")  # a dialog of the system, which no test can answer
    page.goto("/bulk")
    page.evaluate("secret => sessionStorage.setItem('init-studio-key', secret)", secret)
    choose(page, photos(2))
    page.get_by_role("button", name="Edit 2 photos").click()
    expect(counted(page, "Done 2")).to_be_visible(timeout=WORK_MS)
    # The page has all that it asks for by itself: it is the download that meets the end of the key.
    expect(page.get_by_role("button", name="Download all")).to_be_visible()
    expect(edited(page)).to_have_count(2)

    keys.revoke(phone.id)
    wait_for(lambda: is_refused(worker, secret), START_SECONDS)
    page.get_by_role("button", name="Download all").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This API key is not valid")
    dialog.get_by_label("API key").fill(other)
    dialog.get_by_role("button", name="Use this key").click()
    expect(edited(page)).to_have_count(2)

    with page.expect_download() as started:
        page.get_by_role("button", name="Download all").click()
    assert len(zipfile.ZipFile(started.value.path()).namelist()) == 3


def is_refused(service: Running, secret: str) -> bool:
    headers = {"Authorization": f"Bearer {secret}"}
    return httpx.get(f"{service.url}/v1/jobs", headers=headers, trust_env=False).status_code == 401


def test_nothing_hangs_over_a_small_screen(worker: Running, page: Page) -> None:
    for address in ("/bulk", f"/bulk/{sent(worker, 3)}"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for width in (320, 820):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (address, width)
