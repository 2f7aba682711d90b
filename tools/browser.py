"""A Chromium for the tests of the page: `python -m tools.browser` finds or installs one and says which.

The one on PATH is used; else, as root on Debian or Ubuntu, apt installs it; else Playwright fetches its own.
"""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

from tools import Problem, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> int:
    try:
        say(f"The browser of the tests is {find() or install()}")
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    return 0


def find() -> str | None:
    """The Chromium on this machine, or Playwright's own."""
    return next((path for path in map(shutil.which, NAMES) if path), None) or playwright_browser()


def playwright_browser() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None


def install() -> str:
    say("Installing Chromium")
    if shutil.which("apt-get") and os.geteuid() == 0:
        run(["apt-get", "update", "-qq"])
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    if not find():
        run([sys.executable, "-m", "playwright", "install", "chromium"])
    if path := find():
        return path
    raise Problem("No Chromium could be installed: install one (Debian: apt install chromium) and run it again.")


def run(command: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    sys.exit(main())
