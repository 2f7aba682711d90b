"""Pictures of every page in its main states, light and dark, on a phone and on a desktop: `make screenshots`.

They go into build/screenshots/, to be looked at: NAME-SIZE-COLOURS.png. A view adds its states to SCENES.
"""

import io
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from PIL import Image, ImageEnhance, ImageOps
from playwright.sync_api import Browser, FilePayload, Page, expect, sync_playwright

from service.up import free_port
from tools import ROOT, Problem, browser, say
from tools.servers import Server, unwind_on_sigterm

FOLDER = ROOT / "build" / "screenshots"
SAMPLES = ROOT / "service" / "samples"
SIZES = {"phone": (390, 844), "desktop": (1280, 800), "4k": (3840, 2160)}
COLOURS = ("light", "dark")
HIGHEST = 4000
# Pictures are there, thumbnails of what is edited too, which come once there is room for them.
WHOLE = """
    [...document.images].every((image) => image.complete && image.naturalWidth)
        && !document.querySelector("[data-state=done]:is(button):not(:has(img))")
"""
PATIENCE_MS = 60_000.0
JOB_PHOTOS, JOB_SECONDS = 60, 480.0


@dataclass(frozen=True)
class Scene:
    """A page in one of its states.

    Attributes:
        name: of the files.
        show: brings a fresh page into the state, and waits until it is whole.
        sizes: of SIZES.
        whole: whether what is below the screen's edge is in the picture too: the screen is then as high as the page.
    """

    name: str
    show: Callable[[Page], None]
    sizes: Sequence[str] = ("phone", "desktop")
    whole: bool = True


def main() -> int:
    unwind_on_sigterm()
    try:
        take_all(sys.argv[1:])
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    return 0


def take_all(names: Sequence[str]) -> None:
    """Takes the scenes whose names begin with one of `names`; all of them if there are none."""
    executable = browser.find()
    if not executable:
        raise Problem("There is no Chromium: run `python -m tools.browser`.")
    scenes = [scene for scene in SCENES if not names or scene.name.startswith(tuple(names))]
    if not names:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as server:
        make_jobs(server.url)
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=executable, args=arguments)
            for scene in scenes:
                for size in scene.sizes:
                    say(f"{scene.name}, {size}")
                    take(chromium, server.url, scene, size)
            chromium.close()
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.relative_to(ROOT)}/")


def service(folder: Path) -> Server:
    """The whole service with the shipped releases, as `make run` starts it."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("INIT_", "REDIS_"))}
    environment |= {"INIT_PORT": str(port), "INIT_DATA_DIR": str(folder / "data"), "INIT_FOLDERS": str(folder)}
    command = [sys.executable, "-m", "service", "up"]
    return Server("service", command, environment, f"http://127.0.0.1:{port}", "/health/ready", folder)


def take(chromium: Browser, url: str, scene: Scene, size: str) -> None:
    width, height = SIZES[size]
    context = chromium.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        device_scale_factor=1,
        has_touch=size == "phone",
        is_mobile=size == "phone",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page = context.new_page()
    scene.show(page)
    if scene.whole:
        wanted: int = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": min(max(height, wanted), HIGHEST)})
    for colours in COLOURS:
        page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
        wait_until_whole(page, f"{scene.name}, {size}")
        page.screenshot(path=FOLDER / f"{scene.name}-{size}-{colours}.png")
    context.close()


def wait_until_whole(page: Page, name: str) -> None:
    # Not by wait_for_function, which evaluates in the page, where its policy forbids that.
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(WHOLE):
        if time.monotonic() > deadline:
            raise Problem(f"Of {name}, pictures are missing.")
        page.wait_for_timeout(50)


# What the scenes show, beside the samples that come with the service.


def make_jobs(url: str) -> None:
    """A bulk job that has ended, with some photos that failed, and one that is paused."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        ended = ask(client, JOB_PHOTOS, '{"Smiling": true}')
        paused = ask(client, JOB_PHOTOS, '{"Blond_Hair": true}')
        client.post(f"/v1/jobs/{paused}/cancel")
        deadline = time.monotonic() + JOB_SECONDS
        while client.get(f"/v1/jobs/{ended}").json()["finished_at"] is None:
            if time.monotonic() > deadline:
                raise Problem(f"The job of {JOB_PHOTOS} photos was not done within {JOB_SECONDS:g} s.")
            time.sleep(0.2)


def ask(client: httpx.Client, photos: int, attributes: str) -> str:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        for number in range(photos):
            zipped.writestr(f"portrait-{number + 1}.jpg", portrait(number) if number % 19 != 7 else b"Not a photo.")
    files = {"archive": ("photos.zip", archive.getvalue())}
    asked = client.post("/v1/jobs/translations", data={"attributes": attributes, "aligned": "true"}, files=files)
    return str(asked.raise_for_status().json()["id"])


def portrait(number: int) -> bytes:
    """One of the samples, each time a little different."""
    names = sorted(SAMPLES.glob("*.jpg"))
    image = Image.open(names[number % len(names)]).convert("RGB")
    image = ImageOps.mirror(image) if number // len(names) % 2 else image
    image = ImageEnhance.Brightness(image).enhance(0.8 + 0.05 * (number % 9))
    image = ImageEnhance.Color(image).enhance(0.4 + 0.2 * (number % 5))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def at(address: str) -> Callable[[Page], None]:
    """A page as it is when it has been loaded."""

    def show(page: Page) -> None:
        page.goto(address)
        expect(page.get_by_role("heading").first).to_be_visible()
        page.wait_for_load_state("networkidle")

    return show


def edit_a_sample(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Edit the sample").first.click()
    expect(page.get_by_role("switch").first).to_be_visible()
    page.get_by_role("switch", name="Smiling", exact=True).click()
    expect(page.get_by_role("img", name="Edited")).to_be_visible()


def see_all_edits(page: Page) -> None:
    edit_a_sample(page)
    page.get_by_role("button", name="All edits at a glance").click()
    expect(page.get_by_role("dialog").get_by_role("button").nth(4)).to_be_visible()
    page.wait_for_load_state("networkidle")


def draw(page: Page) -> None:
    page.goto("/edges")
    page.get_by_role("button", name="Draw").click()
    page.get_by_role("button", name="Boot").click()
    expect(page.get_by_role("img", name="The drawing, filled in")).to_be_visible()


def choose_photos(page: Page) -> None:
    page.goto("/bulk")
    photos: list[FilePayload] = [
        {"name": f"portrait-{number + 1}.jpg", "mimeType": "image/jpeg", "buffer": portrait(number)}
        for number in range(30)
    ]
    page.get_by_label("Photos to edit").set_input_files(photos)
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


def compare_releases(page: Page) -> None:
    at("/releases/faces")(page)
    page.get_by_role("button", name="Compare on").first.click()
    expect(page.get_by_role("img", name="The photo and its edits by")).to_be_visible()


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
    Scene("release", at("/releases/faces/init-88x72")),
    Scene("study", at("/study")),
    Scene("study-new", at("/study/new")),
    Scene("not-found", at("/edit/no/such")),
)


if __name__ == "__main__":
    sys.exit(main())
