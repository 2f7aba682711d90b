"""When something goes wrong the page says what, and what to do; and it goes on from there."""

import json
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Browser, Route, expect

from service.errors import PROBLEMS
from tests.browser.cutting import way_to
from tests.browser.studio import Studio, photo

TRANSLATE = "**/v1/faces/translate"


def test_a_text_file_gets_the_services_sentence_and_the_next_photo_works(studio: Studio) -> None:
    with studio.page.expect_response("**/v1/faces/attributes") as answer:
        studio.upload({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Not a photo."})
    assert 400 <= answer.value.status < 500
    expect(studio.problem).to_contain_text(answer.value.json()["error"]["message"])
    expect(studio.problem.get_by_role("button", name="Try again")).to_have_count(0)

    studio.upload(photo())
    expect(studio.switches.first).to_be_visible()
    expect(studio.problem).to_have_count(0)


def test_a_photo_in_which_no_face_is_found_can_be_treated_as_aligned(studio: Studio) -> None:
    error = {"code": "no_face", "message": PROBLEMS["no_face"].message, "request_id": "a1"}
    attributes = "**/v1/faces/attributes"
    studio.page.route(attributes, lambda route: route.fulfill(status=422, json={"error": error}))
    studio.upload(photo())
    expect(studio.problem).to_contain_text("No face was found")

    studio.page.unroute(attributes)
    studio.problem.get_by_role("button", name="Edit it as it is").click()
    expect(studio.problem).to_have_count(0)
    studio.switch("Smiling").click()
    studio.wait_for_edit()
    assert studio.as_aligned() == [True]


def test_a_service_that_asks_for_a_key_says_so_and_does_not_blame_the_photo(studio: Studio) -> None:
    problem = PROBLEMS["key_required"]
    error = {"code": problem.code, "message": problem.message, "request_id": "a1"}
    studio.page.route("**/v1/faces/*", lambda route: route.fulfill(status=problem.status, json={"error": error}))
    studio.upload(photo())
    expect(studio.problem).to_contain_text(problem.message.replace("`", ""))
    expect(studio.problem).to_contain_text("This service asks for an API key")
    dialog = studio.page.get_by_role("dialog", name="This service asks for an API key")
    expect(dialog.get_by_label("API key")).to_be_focused()
    dialog.get_by_role("button", name="Not now").click()
    studio.problem.get_by_role("button", name="Enter a key").click()
    expect(dialog).to_be_visible()
    expect(studio.problem).not_to_contain_text("could not be read")


def test_a_service_that_goes_down_is_told_and_the_edit_can_be_tried_again(studio: Studio) -> None:
    studio.open_sample()
    studio.page.route(TRANSLATE, lambda route: route.abort("connectionrefused"))
    studio.switch("Smiling").click()
    expect(studio.problem).to_contain_text("The service does not answer")
    expect(studio.problem).to_contain_text("make run")

    studio.page.unroute(TRANSLATE)
    studio.problem.get_by_role("button", name="Try again").click()
    studio.wait_for_edit()
    expect(studio.problem).to_have_count(0)


def test_a_service_that_is_down_from_the_start_is_told_and_asked_again(studio: Studio) -> None:
    page = studio.page
    page.route("**/v1/**", lambda route: route.abort("connectionrefused"))
    page.reload()
    expect(studio.problem).to_contain_text("make run")
    expect(studio.problem).to_have_count(1)

    page.unroute("**/v1/**")
    studio.problem.get_by_role("button", name="Try again").click()
    expect(studio.samples.first).to_be_visible()
    expect(studio.problem).to_have_count(0)


def test_without_a_release_the_page_names_the_command_and_goes_on_once_there_is_one(studio: Studio) -> None:
    page = studio.page
    reason = "No release of faces is promoted: run `python -m training promote faces NAME`."

    def unready(route: Route) -> None:
        body = route.fetch().json()
        faces = next(domain for domain in body["domains"] if domain["name"] == "faces")
        faces |= {"ready": False, "release": None, "reason": reason}
        route.fulfill(body=json.dumps(body), content_type="application/json")

    page.route("**/v1/domains", unready)
    page.reload()
    expect(studio.problem).to_contain_text(reason.replace("`", ""))
    expect(page.get_by_text("no release yet")).to_be_visible()

    page.unroute("**/v1/domains")
    expect(studio.problem).to_have_count(0)
    studio.open_sample()


def test_too_many_requests_are_asked_again_by_the_page_and_a_long_wait_is_told(studio: Studio) -> None:
    problem = PROBLEMS["rate_limited"]
    error = {"code": problem.code, "message": problem.message, "request_id": "a1"}

    def refuse(seconds: str) -> Callable[[Route], None]:
        return lambda route: route.fulfill(status=429, json={"error": error}, headers={"Retry-After": seconds})

    studio.open_sample()
    studio.page.clock.install()
    studio.page.route(TRANSLATE, refuse("50"), times=1)
    studio.switch("Eyeglasses").click()
    expect(studio.page.get_by_text("asks again by itself in 50 s")).to_be_visible()
    studio.page.clock.fast_forward(50_000)
    studio.wait_for_edit()
    assert len(studio.asked()) == 2
    expect(studio.page.get_by_text("asks again by itself")).to_have_count(0)

    studio.page.route(TRANSLATE, refuse("3600"))
    studio.switch("Young").click()
    expect(studio.problem).to_contain_text(problem.message)
    expect(studio.download).to_be_disabled()

    studio.page.unroute(TRANSLATE)
    studio.problem.get_by_role("button", name="Try again").click()
    studio.wait_for_edit()


def test_a_key_that_has_expired_is_asked_for_anew_and_the_edit_goes_on(studio: Studio) -> None:
    problem = PROBLEMS["invalid_key"]
    error = {"code": problem.code, "message": problem.message, "request_id": "a1"}

    def guard(route: Route) -> None:
        headers = dict(route.request.headers)
        if headers.pop("authorization", None) == "Bearer init_new":
            route.continue_(headers=headers)  # the service itself asks for none
        else:
            route.fulfill(status=401, json={"error": error})

    studio.open_sample()
    studio.page.route("**/v1/faces/*", guard)
    studio.switch("Eyeglasses").click()
    dialog = studio.page.get_by_role("dialog", name="This service asks for an API key")
    expect(dialog).to_contain_text(problem.message)
    dialog.get_by_label("API key").fill("init_new")
    dialog.get_by_role("button", name="Use this key").click()
    studio.wait_for_edit()
    expect(studio.problem).to_have_count(0)


def test_a_service_that_goes_down_mid_upload_is_told_and_the_preview_stays(browser: Browser, address: str) -> None:
    given = photo("phone.jpg", "JPEG", (3000, 4000))
    with way_to(address) as way, browser.new_context(base_url=way.url) as context:
        studio = Studio(context.new_page())
        studio.page.goto("/")
        studio.upload(given)
        studio.switch("Eyeglasses").click()
        studio.wait_for_edit()
        way.limit = len(given["buffer"]) // 2
        studio.download.click()
        expect(studio.problem).to_contain_text("The service does not answer")
        assert way.cuts >= 1
        expect(studio.edited).to_be_visible()

        way.limit = None
        with studio.page.expect_download() as started:
            studio.problem.get_by_role("button", name="Try again").click()
        with Image.open(started.value.path()) as saved:
            assert saved.size == (3000, 4000)
        expect(studio.problem).to_have_count(0)
