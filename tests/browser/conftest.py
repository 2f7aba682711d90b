"""A real Chromium on the running service. Every test also proves that the page is quiet: see `Watch`."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.browser.studio import RECORD, Studio
from tests.service.running import ROOT, running_service
from tools import browser as chromium

# A test's own traffic is all there is: no updates, no reports, no first-run calls.
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
)
UNFETCHED = re.compile("Unable to preload CSS|Failed to fetch dynamically imported module")


@dataclass
class Watch:
    """What no page may do: complain in the console, break its security policy, or call another host."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    broken_off: bool = False

    def console(self, message: ConsoleMessage) -> None:
        # Chromium reports each 4xx and each connection that fails; those the tests make on purpose.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)

    def request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("blob", "data") and f"{address.scheme}://{address.netloc}" != self.origin:
            self.strangers.append(request.url)

    def failed(self, request: Request) -> None:
        # For an address that came or went anywhere on the machine Chromium breaks off all requests, and it goes on.
        self.broken_off |= request.failure == "net::ERR_NETWORK_CHANGED"

    def faults(self) -> list[str]:
        """The page's own complaints. Broken off while it fetched its code it says so, and loads itself anew."""
        return [text for text in self.complaints if not (self.broken_off and UNFETCHED.search(text))]

    def attach(self, context: BrowserContext) -> None:
        context.on("console", self.console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", self.request)
        context.on("requestfailed", self.failed)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service under test, with the shipped releases; STUDIO_URL names one that already runs."""
    if given := os.environ.get("STUDIO_URL"):
        yield given.rstrip("/")
        return
    folder = tmp_path_factory.mktemp("studio")
    # A copy: what a test promotes stays in it.
    releases = Path(shutil.copytree(ROOT / "releases", folder / "releases"))
    with running_service(folder, releases, parts=("api",)) as running:
        yield running.url


# Not of the session: while Playwright runs, so does an event loop, in the thread where other tests start their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = chromium.find()
    assert executable, "There is no Chromium: run `python -m tools.browser`, as make test does."
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=30_000)  # the page asks again every 5 s; Playwright would give up after 5
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS, *sandbox])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    watch = Watch(origin=address)
    watch.attach(context)
    yield context.new_page()
    context.close()
    assert watch.faults() == []
    assert watch.strangers == []


@pytest.fixture
def studio(page: Page) -> Studio:
    """The page, open and ready for a photo."""
    page.add_init_script(RECORD)
    page.goto("/")
    return Studio(page)
