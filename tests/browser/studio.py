"""What a person does at the page, by role and label; the tests are written in these words."""

import base64
import io
import re
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.service.portraits import sample

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PIXELS = """image => {
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/png").split(",")[1];
}"""
# Chromium keeps the bodies of uploads from the tests, so the page itself notes what it asks.
RECORD = """
    window.asked = [];
    const { fetch } = window;
    window.fetch = (address, init) => {
        if (String(address).endsWith("/translate")) {
            const { body, signal } = init;
            const fields = Object.fromEntries([...body].filter(([name]) => name !== "image"));
            const changes = JSON.parse(body.get("attributes"));
            const aligned = body.get("aligned") === "true";
            window.asked.push({ changes, aligned, fields, bytes: body.get("image").size, signal });
        }
        return fetch(address, init);
    };
"""
ACCESSIBILITY = """async (rules) => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"], ...rules });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}"""
COLOURS_ONLY = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


@dataclass
class Studio:
    page: Page

    @property
    def samples(self) -> Locator:
        return self.page.get_by_role("button", name=re.compile("^Edit the sample"))

    @property
    def switches(self) -> Locator:
        return self.page.get_by_role("switch")

    @property
    def edited(self) -> Locator:
        return self.page.get_by_role("img", name=re.compile("^Edited"))

    @property
    def download(self) -> Locator:
        return self.page.get_by_role("button", name="Download")

    @property
    def problem(self) -> Locator:
        return self.page.get_by_role("alert")

    @property
    def editing(self) -> Locator:
        """The sign over the photo that an edit is being made."""
        return self.page.get_by_role("region", name="Photo").get_by_text("Editing…")

    def strength(self, name: str) -> Locator:
        return self.page.get_by_role("slider", name=f"Strength of {name}", exact=True)

    def switch(self, name: str) -> Locator:
        return self.page.get_by_role("switch", name=name, exact=True)

    def hair(self, name: str) -> Locator:
        return self.page.get_by_role("group", name="Hair").get_by_role("radio", name=name, exact=True)

    def open_sample(self) -> None:
        self.samples.first.click()
        expect(self.switches.first).to_be_visible()

    def upload(self, photo: FilePayload) -> None:
        self.page.get_by_label("Photo to edit").set_input_files(photo)

    def wait_for_edit(self) -> None:
        """An edit is done when it can be downloaded."""
        expect(self.download).to_be_enabled()
        expect(self.edited).to_be_visible()

    def save(self) -> tuple[str, Image.Image]:
        """The downloaded file's name and picture."""
        with self.page.expect_download() as started:
            self.download.click()
        saved = Image.open(started.value.path())
        saved.load()
        return started.value.suggested_filename, saved

    def asked(self) -> list[dict[str, bool]]:
        """The changes that the page has asked the service for, one entry a request."""
        asked: list[dict[str, bool]] = self.page.evaluate("window.asked.map(({ changes }) => changes)")
        return asked

    def fields(self) -> list[dict[str, str]]:
        """All that these requests said but the photo."""
        fields: list[dict[str, str]] = self.page.evaluate("window.asked.map(({ fields }) => fields)")
        return fields

    def sizes(self) -> list[int]:
        """The sizes of the photos in these requests, in bytes."""
        sizes: list[int] = self.page.evaluate("window.asked.map(({ bytes }) => bytes)")
        return sizes

    def as_aligned(self) -> list[bool]:
        """Which of these requests say that the photo is framed like the samples."""
        aligned: list[bool] = self.page.evaluate("window.asked.map(({ aligned }) => aligned)")
        return aligned

    def aborted(self) -> list[bool]:
        """Which of these requests the page has called off."""
        aborted: list[bool] = self.page.evaluate("window.asked.map(({ signal }) => signal.aborted)")
        return aborted

    def violations(self) -> list[str]:
        """What axe-core has against the page as it is now, in light and in dark."""
        assert AXE.is_file(), "axe-core is not installed: run `python -m tools.node ci`."
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: list[str] = self.page.evaluate(ACCESSIBILITY, {})
        self.page.emulate_media(color_scheme="dark")
        in_dark: list[str] = self.page.evaluate(ACCESSIBILITY, COLOURS_ONLY)
        self.page.emulate_media(color_scheme="light")
        return found + in_dark


def pixels(image: Locator) -> Image.Image:
    """What an <img> shows, once it is there."""
    image.evaluate("image => image.decode()")
    return Image.open(io.BytesIO(base64.b64decode(image.evaluate(PIXELS)))).convert("RGB")


def photo(name: str = "portrait.png", format: str = "PNG", size: tuple[int, int] = (178, 218)) -> FilePayload:
    """A portrait; whose does not matter to the page."""
    buffer = io.BytesIO()
    sample("collins").resize(size).save(buffer, format)
    return {"name": name, "mimeType": f"image/{format.lower()}", "buffer": buffer.getvalue()}


def loading(route: Route) -> None:
    """Answers GET /v1/domains as a service does that has just started: no model is loaded yet."""
    body = route.fetch().json()
    for domain in body["domains"]:
        domain |= {"ready": False, "release": None, "reason": None}
    route.fulfill(json=body)
