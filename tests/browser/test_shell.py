"""The frame around the views: where one is, in which colours, and whether the service is there."""

import re

from playwright.sync_api import Browser, Page, expect

DARK, LIGHT = "rgb(20, 21, 19)", "rgb(247, 247, 245)"
VIEWS = {"Faces": "/", "Bulk": "/bulk", "Train": "/train", "Releases": "/releases", "Study": "/study"}


def test_every_view_names_its_tab_and_gets_the_focus(page: Page) -> None:
    page.goto("/bulk")
    places = page.get_by_role("navigation", name="Studio")
    for name, address in VIEWS.items():
        places.get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_title(f"{name} · INIT Studio")
        # Some add what they show to it, as soon as they know.
        expect(page).to_have_url(re.compile(rf"://[^/]+{re.escape(address)}(/\w+)?$"))
        expect(page.get_by_role("main")).to_be_focused()
        expect(places.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")


def test_an_address_within_a_view_that_leads_nowhere_says_so_and_leads_on(page: Page) -> None:
    for view in ("bulk", "train", "study", "releases/faces"):
        page.goto(f"/{view}/no/where")
        expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
        expect(page).to_have_title("No such page · INIT Studio")
    page.get_by_role("navigation", name="Studio").get_by_role("link", name="Releases").click()
    expect(page).to_have_title("Releases · INIT Studio")
    page.go_back()
    page.get_by_role("link", name="Edit a photo").click()
    expect(page.get_by_role("button", name="Choose a photo")).to_be_visible()
    expect(page).to_have_title("Faces · INIT Studio")


def test_colours_are_chosen_and_kept(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/bulk")
    body = page.locator("body")
    expect(body).to_have_css("background-color", LIGHT)
    page.get_by_label("Colours").select_option("Dark")
    expect(body).to_have_css("background-color", DARK)
    page.reload()
    expect(body).to_have_css("background-color", DARK)
    page.get_by_label("Colours").select_option("Auto")
    expect(body).to_have_css("background-color", LIGHT)


def test_a_browser_that_lets_nothing_be_kept_shows_the_page_all_the_same(page: Page) -> None:
    page.add_init_script("""for (const name of ["localStorage", "sessionStorage"])
        Object.defineProperty(window, name, { get() { throw new DOMException("Denied.", "SecurityError"); } });""")
    page.goto("/bulk")
    expect(page.get_by_role("heading", name="What to change")).to_be_visible()
    page.get_by_label("Colours").select_option("Dark")
    expect(page.locator("body")).to_have_css("background-color", DARK)


def test_a_service_that_does_not_answer_is_told_once_and_the_page_goes_on_when_it_does(page: Page) -> None:
    page.goto("/bulk")
    expect(page.get_by_role("heading", name="What to change")).to_be_visible()
    for address in ("**/v1/**", "**/health/**"):
        page.route(address, lambda route: route.abort("connectionrefused"))
    banner = page.get_by_text("The service does not answer.", exact=True)
    page.get_by_role("link", name="Releases", exact=True).click()
    expect(banner).to_be_visible()  # of a view that is left at once, nothing need have been asked
    page.get_by_role("link", name="Bulk", exact=True).click()
    expect(banner).to_be_visible()

    for address in ("**/v1/**", "**/health/**"):
        page.unroute(address)
    expect(banner).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_view_that_cannot_be_fetched_keeps_no_other_from_being_shown_and_comes_by_itself(
    browser: Browser, address: str
) -> None:
    # Of its own: React reports in the console what could not be fetched.
    page = browser.new_context(base_url=address).new_page()
    page.goto("/")
    expect(page.get_by_role("button", name=re.compile("^Edit the sample")).first).to_be_visible()
    away = re.compile(r"/assets/BulkView|/health/live")
    page.route(away, lambda route: route.abort("connectionrefused"))
    page.get_by_role("link", name="Bulk", exact=True).click()
    expect(page.get_by_role("heading", name="This page could not be shown")).to_be_visible()
    expect(page.get_by_text("The service does not answer.", exact=True)).to_be_visible()
    page.get_by_role("link", name="Faces", exact=True).click()
    expect(page.get_by_role("button", name="Choose a photo")).to_be_visible()
    page.get_by_role("link", name="Bulk", exact=True).click()
    expect(page.get_by_role("heading", name="This page could not be shown")).to_be_visible()
    page.unroute(away)
    expect(page.get_by_role("heading", name="Many photos at once")).to_be_visible()
    page.context.close()


def test_a_view_that_could_not_be_fetched_comes_by_itself_where_the_service_was_back_before_it_was_asked(
    browser: Browser, address: str
) -> None:
    page = browser.new_context(base_url=address).new_page()
    page.goto("/")
    page.route("**/assets/BulkView*", lambda route: route.abort("connectionrefused"))
    page.on("domcontentloaded", lambda page: page.unroute("**/assets/BulkView*"))
    page.get_by_role("link", name="Bulk", exact=True).click()
    expect(page.get_by_role("heading", name="Many photos at once")).to_be_visible()
    page.context.close()


def test_a_view_that_is_not_there_is_not_reloaded_for_ever(browser: Browser, address: str) -> None:
    page = browser.new_context(base_url=address).new_page()
    loads: list[str] = []
    page.on("domcontentloaded", lambda page: loads.append(page.url))
    page.goto("/")
    page.route("**/assets/BulkView*", lambda route: route.abort("connectionrefused"))
    with page.expect_event("domcontentloaded"):
        page.get_by_role("link", name="Bulk", exact=True).click()
    expect(page.get_by_role("heading", name="This page could not be shown")).to_be_visible()
    page.wait_for_timeout(3000)  # longer than it takes to ask whether the service is there, which it is
    expect(page.get_by_role("button", name="Reload")).to_be_visible()
    assert len(loads) == 2
    page.context.close()
