"""Editing a photo at the page, from wherever the photo comes to the file that one takes home."""

import base64
import re

from PIL import ImageChops
from playwright.sync_api import Page, expect

from tests.browser.studio import Studio, photo, pixels

TRANSLATE = "**/v1/faces/translate"


def test_a_sample_is_edited_compared_and_downloaded(studio: Studio) -> None:
    page = studio.page
    studio.open_sample()
    smiling = studio.switch("Smiling")
    was_smiling = smiling.is_checked()
    expect(page.get_by_text("All as in the photo")).to_be_visible()

    smiling.click()
    studio.wait_for_edit()
    expect(smiling).to_be_checked(checked=not was_smiling)
    expect(smiling).to_have_accessible_description(f"Changed to {'no' if was_smiling else 'yes'}")
    expect(page.get_by_text("1 changed")).to_be_visible()
    expect(page.get_by_text("Edited by")).to_contain_text("@")

    original, edited = pixels(page.get_by_role("img", name="Original")), pixels(studio.edited)
    assert edited.size == original.size
    assert ImageChops.difference(original, edited).getbbox() is not None

    name, saved = studio.save()
    assert "smiling" in name
    assert saved.size == original.size

    page.get_by_role("button", name="Reset").click()
    expect(studio.edited).to_be_hidden()
    expect(smiling).to_be_checked(checked=was_smiling)

    page.get_by_role("link", name="Faces").click()
    expect(page.get_by_text("Drop a portrait here")).to_be_visible()


def test_ones_own_photo_comes_back_in_the_format_chosen(studio: Studio) -> None:
    page = studio.page
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a photo").click()
    chooser.value.set_files(photo("Aunt Mary.png", size=(240, 300)))
    studio.switch("Young").click()
    studio.wait_for_edit()
    name, saved = studio.save()
    assert name.startswith("aunt-mary-young")
    assert (saved.format, saved.size) == ("PNG", (240, 300))

    page.get_by_label("Format").select_option("webp")
    studio.wait_for_edit()
    name, saved = studio.save()
    assert name.endswith(".webp")
    assert saved.format == "WEBP"


def test_hair_colours_exclude_each_other(studio: Studio) -> None:
    studio.open_sample()
    expect(studio.hair("As it is")).to_be_checked()
    for colour in ("Black", "Blond", "Brown"):
        studio.hair(colour).check(force=True)
        expect(studio.page.get_by_role("group", name="Hair").get_by_role("radio", checked=True)).to_have_count(1)
        expect(studio.page.get_by_text(re.compile("Changed to|already reads as"))).to_contain_text(colour.lower())
        expect(studio.editing).to_have_count(0)
    asked = studio.asked()
    assert len(asked) >= 2, "of three colours the photo can have one already"
    assert all(len(changes) == 1 and all(changes.values()) for changes in asked)

    studio.hair("As it is").check(force=True)
    expect(studio.page.get_by_text("All as in the photo")).to_be_visible()
    expect(studio.edited).to_be_hidden()


def test_an_outdated_request_is_aborted_and_the_last_wish_wins(studio: Studio) -> None:
    page = studio.page
    studio.open_sample()
    page.route(TRANSLATE, lambda route: None, times=1)  # the service thinks for ever, once
    with page.expect_request(TRANSLATE):
        studio.switch("Smiling").click()
    expect(studio.editing).to_have_count(1)

    studio.switch("Eyeglasses").click()
    studio.wait_for_edit()
    assert [set(changes) for changes in studio.asked()] == [{"Smiling"}, {"Smiling", "Eyeglasses"}]
    assert studio.aborted() == [True, False]


def test_a_photo_can_be_dropped_or_pasted(studio: Studio) -> None:
    for event in ("drop", "paste"):
        given = photo(f"by-{event}.png")
        content = base64.b64encode(given["buffer"]).decode()
        studio.page.evaluate(GIVE, [event, given["name"], content])
        expect(studio.page.get_by_role("heading", name=given["name"])).to_be_visible()
        expect(studio.switches.first).to_be_visible()


def test_it_works_with_the_keyboard_alone(studio: Studio) -> None:
    page = studio.page
    expect(studio.samples.first).to_be_visible()
    tab_to(page, "Edit the sample")
    page.keyboard.press("Enter")
    expect(studio.switches.first).to_be_visible()
    assert focused(page) == studio.page.get_by_role("heading", level=1).inner_text(), "the keyboard's place is kept"

    tab_to(page, "As it is")
    page.keyboard.press("ArrowRight")
    expect(studio.hair("Black")).to_be_checked()
    tab_to(page, "Eyeglasses")
    page.keyboard.press("Space")
    studio.wait_for_edit()

    slider = page.get_by_role("slider", name="How much of the original")
    slider.focus()
    before = int(slider.get_attribute("aria-valuenow") or 0)
    page.keyboard.press("ArrowRight")
    assert int(slider.get_attribute("aria-valuenow") or 0) > before
    expect(studio.download).to_be_enabled()
    tab_to(page, "Download")
    with page.expect_download():
        page.keyboard.press("Enter")


FOCUSED = """() => {
    const element = document.activeElement;
    const named = element.getAttribute("aria-label") ?? element.labels?.[0]?.innerText ?? element.innerText;
    return named.trim();
}"""

GIVE = """([event, name, content]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type: "image/png" }));
    const given = event === "drop"
        ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
        : new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector("main h1").dispatchEvent(given);
}"""


def focused(page: Page) -> str:
    name: str = page.evaluate(FOCUSED)
    return name


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until the element whose name begins so has the focus, as a person would."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if focused(page).startswith(name):
            return
    raise AssertionError(f"Tab never comes to {name!r}")
