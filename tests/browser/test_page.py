"""What holds for the page everywhere: accessible, whole on a phone, nothing from another host."""

from playwright.sync_api import Page, expect

from tests.browser.studio import Studio

WIDTHS = (320, 390, 820)


def test_axe_finds_nothing_in_any_state(studio: Studio) -> None:
    page = studio.page
    expect(studio.samples.first).to_be_visible()
    assert studio.violations() == [], "empty"

    studio.open_sample()
    studio.switch("Smiling").click()
    studio.wait_for_edit()
    assert studio.violations() == [], "edited, by slider"

    page.get_by_role("radio", name="Side by side").check(force=True)
    assert studio.violations() == [], "edited, side by side"

    page.route("**/v1/faces/translate", lambda route: route.abort())
    studio.switch("Eyeglasses").click()
    expect(studio.problem).to_be_visible()
    assert studio.violations() == [], "failed"


def test_the_page_edits_faces_whatever_else_is_served(studio: Studio) -> None:
    domains = studio.page.request.get("/v1/domains").json()["domains"]
    assert [domain["name"] for domain in domains] == ["faces", "seasons", "edges"]
    studio.open_sample()
    expect(studio.switch("Smiling")).to_be_visible()
    expect(studio.page.get_by_text("Winter")).to_have_count(0)


def test_nothing_hangs_over_a_small_screen(studio: Studio) -> None:
    page = studio.page
    assert [overhang(page, width) for width in WIDTHS] == [0, 0, 0]
    studio.open_sample()
    studio.switch("Smiling").click()
    studio.wait_for_edit()
    assert [overhang(page, width) for width in WIDTHS] == [0, 0, 0]
    expect(studio.edited).to_be_in_viewport()


def test_the_documentation_of_the_api_is_served_from_here(page: Page) -> None:
    page.goto("/docs")
    expect(page.get_by_role("link", name="/v1/{domain}/translate", exact=True)).to_be_visible()


def overhang(page: Page, width: int) -> int:
    """By how many pixels the page is wider than a screen of this width."""
    page.set_viewport_size({"width": width, "height": 800})
    pixels: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return pixels
