"""The page in numbers: `python -m tools.bench_page [--edits 30]`, or `make bench-page`.

preview: how much later than the service's own latency an edit is on the screen, as a strength moves on step by step:
from the key to the request, of the request, from its answer to the painted picture.
scroll: 2,000 thumbnails of a job, scrolled through twice: the times between frames, and what the page's memory is after
each. Prints all of it and writes build/bench/page.json.
"""

import argparse
import io
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import httpx
from playwright.sync_api import Page, Route, expect, sync_playwright

from tools import ROOT, Problem, browser, say
from tools.figures import Row, quantile
from tools.machine import machine
from tools.scene_data import portrait, wait_for_end
from tools.screenshots import service
from tools.servers import unwind_on_sigterm

RESULT = ROOT / "build" / "bench" / "page.json"
THUMBNAILS, PIXELS_A_SECOND = 2000, 4000
LATE_MS = 25.0  # a frame of a screen of 60 Hz that came too late
MIB = 2**20
# Times of the last key or click, and of every edit that has been painted.
WATCH_EDITS = """
    window.begun = 0;
    window.painted = [];
    const begin = (event) => { window.begun = event.timeStamp; };
    for (const kind of ["keydown", "click"]) addEventListener(kind, begin, true);
    let last = "";
    new MutationObserver(() => {
        const image = document.querySelector("img[alt^='Edited']");
        if (!image || image.src === last) return;
        last = image.src;
        const shown = () => requestAnimationFrame(() => setTimeout(() => window.painted.push(performance.now())));
        image.decode().then(shown, () => {});
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["src"] });
"""
LAST_EDIT = """() => {
    const { startTime, responseEnd } = performance.getEntriesByType("resource")
        .filter(({ name }) => name.endsWith("/translate")).at(-1);
    return { begun: window.begun, asked: startTime, answered: responseEnd, painted: window.painted.at(-1) };
}"""
WATCH_FRAMES = """() => {
    window.frames = [];
    const frame = (now) => { window.frames.push(now); requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
}"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=30, help="previews to measure")
    options = parser.parse_args(arguments)
    unwind_on_sigterm()
    report: Row = {"machine": machine()}
    try:
        with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as server, opened(server.url) as page:
            say("Previews")
            report["preview"] = measure_previews(page, options.edits)
            say(f"{THUMBNAILS:,} thumbnails")
            report["scroll"] = measure_scrolling(page, make_photo(server.url))
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))
    return 0


@contextmanager
def opened(url: str) -> Iterator[Page]:
    """A page of Chromium, as large as a laptop's."""
    executable = browser.find()
    if not executable:
        raise Problem("There is no Chromium: run `python -m tools.browser`.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        page = chromium.new_context(base_url=url, viewport={"width": 1280, "height": 860}).new_page()
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        yield page
        chromium.close()


def measure_previews(page: Page, edits: int) -> Row:
    """In milliseconds; `beyond` is what the page adds to the service's latency, its debounce included."""
    page.add_init_script(WATCH_EDITS)
    page.goto("/")
    page.get_by_role("button", name="Edit the sample").first.click()
    page.get_by_role("switch").first.click()
    wait_for_paint(page, 0)
    page.get_by_role("slider", name="Strength of").first.focus()
    rows: list[Row] = []
    for turn in range(edits):
        before = page.evaluate("window.painted.length")
        page.keyboard.press("ArrowLeft" if turn else "End")
        wait_for_paint(page, before)
        row = page.evaluate(LAST_EDIT)
        if row["asked"] > row["begun"]:  # the strength that it began with is known already
            rows.append(row)
    parts = {
        "to_request": [row["asked"] - row["begun"] for row in rows],
        "service": [row["answered"] - row["asked"] for row in rows],
        "to_screen": [row["painted"] - row["answered"] for row in rows],
        "beyond": [row["painted"] - row["begun"] - (row["answered"] - row["asked"]) for row in rows],
    }
    return {"edits": len(rows)} | {name: summary(values) for name, values in parts.items()}


def wait_for_paint(page: Page, before: int) -> None:
    """Until another edit is on the screen, and no further one is on its way."""
    while page.evaluate("window.painted.length") <= before:
        page.wait_for_timeout(10)
    expect(page.get_by_role("button", name="Download")).to_be_enabled()
    page.wait_for_timeout(250)


def make_photo(url: str) -> Row:
    """A job of one edited photo, which is shown again and again."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        fields = {"attributes": '{"Smiling": true}', "aligned": "true"}
        files = [("images", ("portrait.jpg", io.BytesIO(portrait(0))))]
        job: str = client.post("/v1/jobs/translations", data=fields, files=files).raise_for_status().json()["id"]
        wait_for_end(client, job)
        told: Row = client.get(f"/v1/jobs/{job}").raise_for_status().json()
        return told


def measure_scrolling(page: Page, job: Row) -> Row:
    """Frames in milliseconds, memory in MiB; the service answers every picture, but is spared editing thousands."""
    address = f"/v1/jobs/{job['id']}"
    told = job | {"total": THUMBNAILS, "done": THUMBNAILS}
    events = "".join(photo_event(address, index) for index in range(THUMBNAILS))
    events += f"event: job\ndata: {json.dumps(told)}\n\n"

    def tell(route: Route) -> None:
        route.fulfill(body=events, content_type="text/event-stream")

    page.route(f"**{address}/events", tell)
    page.route(f"**{address}", lambda route: route.fulfill(json=told))
    page.goto(f"/bulk/{job['id']}")
    expect(page.locator("li img").first).to_be_visible()
    session = page.context.new_cdp_session(page)
    height: int = page.evaluate("document.documentElement.scrollHeight - innerHeight")
    page.evaluate(WATCH_FRAMES)
    memory = []
    for direction in (-1, 1):
        session.send(
            "Input.synthesizeScrollGesture",
            {"x": 640, "y": 600, "yDistance": direction * height, "speed": PIXELS_A_SECOND, "preventFling": True},
        )
        session.send("HeapProfiler.collectGarbage")
        memory.append(round(page.evaluate("performance.memory.usedJSHeapSize") / MIB, 1))
    stamps: list[float] = page.evaluate("window.frames")
    gaps = [after - before for before, after in pairwise(stamps)]
    late = sum(gap > LATE_MS for gap in gaps) / len(gaps)
    return {"frames": len(gaps), "frame": summary(gaps), "late_share": round(late, 4), "memory_mib": memory}


def photo_event(address: str, index: int) -> str:
    url = f"{address}/items/0/result?again={index}"
    photo = {"index": index, "filename": f"{index}.jpg", "state": "done", "error": None, "result_url": url}
    return f"id: {index + 1}\nevent: photo\ndata: {json.dumps(photo)}\n\n"


def summary(values: Sequence[float]) -> Row:
    """The median, the 95th percentile, and the most."""
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(quantile(ordered, 0.95), 1),
        "most": round(ordered[-1], 1),
    }


if __name__ == "__main__":
    sys.exit(main())
