"""Pictures of every page in its main states, light and dark, on a phone and on a desktop: `make screenshots`.

They go into build/screenshots/, to be looked at: NAME-SIZE-COLOURS.png. The scenes are in tools/scenes.py.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from service.up import free_port
from tools import ROOT, Problem, browser, say
from tools.scene_data import make_jobs, make_releases, make_scores, make_study
from tools.scenes import SCENES, Scene
from tools.servers import Server, unwind_on_sigterm

FOLDER = ROOT / "build" / "screenshots"
SIZES = {"phone": (390, 844), "desktop": (1280, 800), "4k": (3840, 2160)}
COLOURS = ("light", "dark")
HIGHEST = 4000
# Pictures are there, thumbnails of what is edited too, which come once there is room for them.
WHOLE = """
    [...document.images].every((image) => image.complete && image.naturalWidth)
        && !document.querySelector("[data-state=done]:is(button):not(:has(img))")
"""
PATIENCE_MS = 60_000.0


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
    with tempfile.TemporaryDirectory() as folder, ready_service(Path(folder)) as server:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=executable, args=arguments)
            for scene in scenes:
                for size in scene.sizes:
                    say(f"{scene.name}, {size}")
                    take(chromium, server.url, scene, size)
            chromium.close()
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.relative_to(ROOT)}/")


@contextmanager
def ready_service(folder: Path) -> Iterator[Server]:
    """The service, with all that the scenes show."""
    make_releases(folder / "releases")
    with service(folder, folder / "releases") as server:
        make_scores(folder / "data", folder / "releases")
        with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
            make_jobs(client)
            make_study(client)
        yield server


def service(folder: Path, releases: Path = ROOT / "releases") -> Server:
    """The whole service as `make run` starts it."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("INIT_", "REDIS_"))}
    environment |= {"INIT_PORT": str(port), "INIT_DATA_DIR": str(folder / "data"), "INIT_FOLDERS": str(folder)}
    environment |= {"INIT_RELEASES_DIR": str(releases)}
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


if __name__ == "__main__":
    sys.exit(main())
