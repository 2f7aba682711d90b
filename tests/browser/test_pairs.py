"""Seasons and edges: whole photos turned into another kind, and a pad whose drawing is filled in as it is drawn."""

from playwright.sync_api import Route, expect

from service.errors import PROBLEMS
from tests.browser.studio import Studio, photo, pixels


def test_a_landscape_is_turned_into_the_other_season_and_back(studio: Studio) -> None:
    page = studio.page
    page.goto("/seasons")
    expect(page.get_by_text("Drop a landscape here")).to_be_visible()
    assert studio.violations() == []
    studio.upload(photo("meadow.jpg", "JPEG", (360, 240)))
    studio.wait_for_edit()
    (first,) = studio.asked()[0]
    page.get_by_role("group", name="Turn it into").get_by_role("radio", checked=False).check(force=True)
    studio.wait_for_edit()
    assert set(studio.asked()[-1]) == {"Summer", "Winter"} - {first}
    _, saved = studio.save()
    assert saved.size == (360, 240)
    assert studio.violations() == []


def test_a_photo_is_turned_into_its_edges(studio: Studio) -> None:
    page = studio.page
    page.goto("/edges")
    studio.upload(photo("shoe.png", size=(256, 256)))
    studio.wait_for_edit()
    page.get_by_role("group", name="Turn it into").get_by_role("radio", name="Edges").check(force=True)
    studio.wait_for_edit()
    assert "strength" not in studio.fields()[-1]
    expect(page.get_by_role("slider", name="Strength")).to_have_count(0)


def test_a_drawing_is_filled_in_while_it_is_drawn(studio: Studio) -> None:
    page = studio.page
    page.goto("/edges")
    page.get_by_role("button", name="Draw").click()
    pad = page.get_by_role("region", name="Drawing pad")
    filled = page.get_by_role("img", name="The drawing, filled in")
    expect(page.get_by_text("What you draw is filled in here")).to_be_visible()
    page.get_by_role("button", name="Boot").click()
    download = page.get_by_role("button", name="Download")
    expect(download).to_be_enabled()
    boot = pixels(filled)
    assert boot.size == (512, 512)
    assert studio.violations() == []

    box = pad.bounding_box()
    assert box
    asked = len(studio.asked())
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 60, steps=5)
    page.wait_for_function("asked => window.asked.length > asked", arg=asked)  # before the pen is lifted
    page.mouse.move(box["x"] + 200, box["y"] + 200, steps=5)
    page.mouse.up()
    expect(download).to_be_enabled()
    assert pixels(filled).tobytes() != boot.tobytes()

    page.get_by_role("radio", name="Eraser").check(force=True)
    expect(page.get_by_role("radio", name="Eraser")).to_be_checked()
    page.get_by_role("button", name="Clear").click()
    expect(filled).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(filled).to_be_visible()
    with page.expect_download() as started:
        download.click()
    assert started.value.suggested_filename == "drawing-filled-in.png"


def test_a_drawing_is_filled_in_anew_though_the_one_before_had_as_many_lines(studio: Studio) -> None:
    page = studio.page
    page.goto("/edges")
    download = page.get_by_role("button", name="Download")
    for asked, name in enumerate(("Shoe", "Handbag")):
        page.get_by_role("button", name="Draw").click()
        page.get_by_role("button", name=name).click()
        page.wait_for_function("asked => window.asked.length > asked", arg=asked)
        expect(download).to_be_enabled()
        page.get_by_role("button", name="Use a photo").click()


def test_a_new_key_does_not_throw_the_drawing_away(studio: Studio) -> None:
    page = studio.page
    problem = PROBLEMS["invalid_key"]
    error = {"code": problem.code, "message": problem.message, "request_id": "a1"}
    page.goto("/edges")
    page.get_by_role("button", name="Draw").click()
    page.route("**/v1/edges/translate", lambda route: route.fulfill(status=401, json={"error": error}))
    page.get_by_role("button", name="Boot").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("API key").fill("init_new")
    page.route("**/v1/**", without_key)
    dialog.get_by_role("button", name="Use this key").click()
    expect(page.get_by_role("img", name="The drawing, filled in")).to_be_visible()


def without_key(route: Route) -> None:
    """Passes a request on to the service, which itself asks for no key."""
    route.continue_(headers={name: said for name, said in route.request.headers.items() if name != "authorization"})


def test_the_pad_fits_a_phone(studio: Studio) -> None:
    page = studio.page
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto("/edges")
    page.get_by_role("button", name="Draw").click()
    expect(page.get_by_role("region", name="Drawing pad")).to_be_visible()
    over: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over == 0
