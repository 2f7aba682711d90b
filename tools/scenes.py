"""The scenes of the screenshots: every page in its main states. A view adds its states to SCENES."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from playwright.sync_api import FilePayload, Page, expect

from tools.scene_data import JOB_PHOTOS, archive_of, portrait


@dataclass(frozen=True)
class Scene:
    """A page in one of its states.

    Attributes:
        name: of the files.
        show: brings a fresh page into the state, and waits until it is whole.
        sizes: of the screenshots' SIZES.
        whole: whether what is below the screen's edge is in the picture too: the screen is then as high as the page.
    """

    name: str
    show: Callable[[Page], None]
    sizes: Sequence[str] = ("phone", "desktop")
    whole: bool = True


def at(address: str) -> Callable[[Page], None]:
    """A page as it is when it has been loaded."""

    def show(page: Page) -> None:
        page.goto(address)
        expect(page.get_by_role("heading").first).to_be_visible()
        page.wait_for_load_state("networkidle")

    return show


def some_portraits(number: int) -> list[FilePayload]:
    return [
        {"name": f"portrait-{place + 1}.jpg", "mimeType": "image/jpeg", "buffer": portrait(place)}
        for place in range(number)
    ]


def edit_a_sample(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Edit the sample").first.click()
    expect(page.get_by_role("switch").first).to_be_visible()
    page.get_by_role("switch", name="Smiling", exact=True).click()
    expect(page.get_by_role("img", name="Edited")).to_be_visible()


def see_all_edits(page: Page) -> None:
    edit_a_sample(page)
    page.get_by_role("button", name="All edits at a glance").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Black hair")).to_be_enabled()
    page.wait_for_load_state("networkidle")


def draw(page: Page) -> None:
    page.goto("/edges")
    page.get_by_role("button", name="Draw").click()
    page.get_by_role("button", name="Boot").click()
    expect(page.get_by_role("img", name="The drawing, filled in")).to_be_visible()


def choose_photos(page: Page) -> None:
    page.goto("/bulk")
    page.get_by_label("Photos to edit").set_input_files(some_portraits(30))
    page.get_by_role("group", name="Smiling").get_by_role("radio", name="Yes").check(force=True)
    expect(page.get_by_role("button", name="Edit 30 photos")).to_be_enabled()
    expect(page.get_by_role("listitem").get_by_role("img").nth(20)).to_be_visible()


def open_a_job(page: Page) -> None:
    page.goto("/bulk")
    page.get_by_role("link", name="Smiling").first.click()
    expect(page.get_by_role("link", name="Download all")).to_be_visible()
    expect(page.locator("li img").nth(5)).to_be_visible()
    page.wait_for_load_state("networkidle")


def see_failures(page: Page) -> None:
    open_a_job(page)
    page.get_by_role("radio", name="Failed").check(force=True)
    expect(page.get_by_role("listitem").first).to_be_visible()


def open_a_photo(page: Page) -> None:
    open_a_job(page)
    page.get_by_role("button", name="Open ").first.click()
    expect(page.get_by_role("img", name="Edited:")).to_be_visible()


def look_for_a_job_that_is_gone(page: Page) -> None:
    page.goto("/bulk/no-such-job")
    expect(page.get_by_role("alert")).to_be_visible()


def without_a_service(page: Page) -> None:
    page.goto("/bulk")
    expect(page.get_by_role("heading", name="What to change")).to_be_visible()
    for address in ("**/v1/**", "**/health/**"):
        page.route(address, lambda route: route.abort("connectionrefused"))
    page.get_by_role("link", name="Releases", exact=True).click()
    page.get_by_role("link", name="Bulk", exact=True).click()
    expect(page.get_by_text("The service does not answer.", exact=True)).to_be_visible()


def watch_a_job(page: Page) -> None:
    """One that is being done; it is left to itself afterwards."""
    archive: FilePayload = {"name": "photos.zip", "mimeType": "application/zip", "buffer": archive_of(JOB_PHOTOS)}
    fields: dict[str, str | float | bool | bytes | FilePayload] = {
        "attributes": '{"Eyeglasses": true}',
        "aligned": "true",
        "archive": archive,
    }
    job = page.request.post("/v1/jobs/translations", multipart=fields).json()["id"]
    page.goto(f"/bulk/{job}")
    expect(page.locator("li img").nth(1)).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def compare_releases(page: Page) -> None:
    at("/releases/faces")(page)
    # Not without ^, which would find the picker "Photo to compare on" as long as the samples are on their way.
    page.get_by_role("button", name=re.compile("^Compare on")).first.click()
    sheets = page.get_by_role("img", name="The photo and its edits by")
    expect(sheets).to_have_count(2)
    expect(sheets.last).to_be_visible()


def open_a_release(page: Page) -> None:
    at("/releases/faces")(page)
    page.get_by_role("region", name="Serving now").get_by_role("link").click()
    expect(page.get_by_role("heading", name="By attribute")).to_be_visible()
    page.wait_for_load_state("networkidle")


def ask_to_promote(page: Page) -> None:
    at("/releases/faces")(page)
    page.get_by_role("button", name="Promote").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def combine_edits(page: Page) -> None:
    at("/study/new")(page)
    page.get_by_label("Name", exact=True).fill("Old against new")
    page.get_by_label("Photos of the study").set_input_files(some_portraits(6))
    page.get_by_role("checkbox", name="Smiling", exact=True).check()
    page.get_by_text("Several changes as one edit").click()
    together = page.get_by_role("group", name="Choose what is changed together")
    for name in ("Blond hair", "Eyeglasses"):
        together.get_by_role("checkbox", name=name, exact=True).check()
    page.get_by_role("button", name="Add as one edit").click()


def open_a_study(page: Page) -> None:
    at("/study")(page)
    page.get_by_role("link", name="Old against new").click()
    expect(page.get_by_role("row", name=re.compile("^All edits"))).to_be_visible()
    page.wait_for_load_state("networkidle")


def vote(page: Page) -> None:
    open_a_study(page)
    page.goto(page.get_by_role("textbox", name="Link for voters").input_value())
    expect(page.get_by_role("button", name="Result 1")).to_be_enabled()


def stop_a_training(page: Page) -> None:
    """One that is stopped at once: going on with it would take the machine from the pictures."""
    order = {"domain": "synthetic", "preset": "synthetic/init", "overrides": {"steps": 50}, "int8": False}
    job = page.request.post("/v1/jobs/trainings", data=order).json()["id"]
    page.goto(f"/train/{job}")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.request.post(f"/v1/jobs/{job}/cancel")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()


SCENES = (
    Scene("edit", at("/")),
    Scene("edit-sample", edit_a_sample),
    Scene("edit-sample-large", edit_a_sample, ("4k",), whole=False),
    Scene("edit-glance", see_all_edits, whole=False),
    Scene("seasons", at("/seasons")),
    Scene("edges", at("/edges")),
    Scene("edges-draw", draw),
    Scene("bulk", at("/bulk")),
    Scene("bulk-chosen", choose_photos),
    Scene("bulk-job", open_a_job),
    Scene("bulk-failures", see_failures),
    Scene("bulk-photo", open_a_photo, whole=False),
    Scene("bulk-gone", look_for_a_job_that_is_gone, ("phone",)),
    Scene("bulk-unreachable", without_a_service),
    Scene("train", at("/train")),
    Scene("train-new", at("/train/new")),
    Scene("train-stopped", stop_a_training),
    Scene("releases", at("/releases")),
    Scene("releases-same-photo", compare_releases),
    Scene("releases-promote", ask_to_promote, whole=False),
    Scene("release", open_a_release),
    Scene("study", at("/study")),
    Scene("study-new", at("/study/new")),
    Scene("study-combined", combine_edits),
    Scene("study-results", open_a_study),
    Scene("study-vote", vote, ("phone", "desktop", "4k"), whole=False),
    Scene("bulk-running", watch_a_job, whole=False),
    Scene("not-found", at("/edit/no/such")),
)
