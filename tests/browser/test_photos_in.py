"""Where photos come from and what they are: a phone's, of several people, of a camera; looked at in three ways."""

import io

from PIL import Image
from playwright.sync_api import FilePayload, Route, expect

from tests.browser.studio import Studio, photo, pixels
from tests.service.portraits import sample

CAMERA = """source => {
    const picture = new Image();
    picture.src = source;
    navigator.mediaDevices.getUserMedia = async () => {
        await picture.decode();
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
        const show = () => canvas.getContext("2d").drawImage(picture, 0, 0);
        show();
        setInterval(show, 50);
        window.stream = canvas.captureStream(20);
        return window.stream;
    };
}"""
NO_CAMERA = """() => {
    navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("none", "NotFoundError"); };
}"""


def group() -> FilePayload:
    """Two people beside each other, the larger one on the right."""
    small, large = (sample(name).resize(size) for name, size in (("hopper", (267, 327)), ("collins", (445, 545))))
    picture = Image.new("RGB", (860, 560), "#888")
    picture.paste(small, (10, 60))
    picture.paste(large, (400, 10))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return {"name": "group.png", "mimeType": "image/png", "buffer": buffer.getvalue()}


def turned(photo: FilePayload) -> FilePayload:
    """The photo with a note that it is to be turned by a quarter, as phones write it."""
    exif, buffer = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    with Image.open(io.BytesIO(photo["buffer"])) as lying:
        lying.save(buffer, "JPEG", exif=exif)
    return {"name": photo["name"], "mimeType": photo["mimeType"], "buffer": buffer.getvalue()}


def test_a_phones_photo_is_previewed_small_and_downloaded_whole(studio: Studio) -> None:
    given = turned(photo("phone.jpg", "JPEG", (4000, 3000)))
    studio.upload(given)
    studio.switch("Eyeglasses").click()
    studio.wait_for_edit()
    assert pixels(studio.edited).size == (768, 1024)
    _, saved = studio.save()
    assert saved.size == (3000, 4000)
    preview, whole = studio.sizes()
    assert whole == len(given["buffer"]) > 2 * preview


def test_of_two_faces_one_is_chosen_and_the_other_stays(studio: Studio) -> None:
    page = studio.page
    studio.upload(group())
    faces = page.get_by_role("button", name="Edit face")
    expect(faces).to_have_count(2)
    assert studio.violations() == []
    page.get_by_role("button", name="Edit face 2 alone").click()
    expect(page.get_by_role("group", name="Whose face").get_by_role("radio", name="2")).to_be_checked()
    studio.switch("Eyeglasses").click()
    studio.wait_for_edit()
    assert studio.fields()[-1]["face"] == "1"
    page.get_by_label("Format").select_option("png")
    _, saved = studio.save()
    before = Image.open(io.BytesIO(group()["buffer"])).convert("RGB")
    halves = [(0, 0, 390, 560), (400, 0, 860, 560)]
    changed = [saved.convert("RGB").crop(half).tobytes() != before.crop(half).tobytes() for half in halves]
    assert changed == [True, False]


def test_whose_face_is_asked_again_where_the_faces_were_not_found(studio: Studio) -> None:
    page = studio.page
    page.route("**/v1/faces/faces", lambda route: route.fulfill(status=500))
    studio.upload(group())
    expect(studio.problem).to_contain_text("Whose face it is cannot be chosen")
    page.unroute("**/v1/faces/faces")
    studio.problem.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("group", name="Whose face")).to_be_visible()
    expect(studio.problem).to_have_count(0)


def test_a_sample_that_comes_late_replaces_no_photo_that_was_chosen_since(studio: Studio) -> None:
    page = studio.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        if not held and route.request.resource_type == "fetch":
            held.append(route)
        else:
            route.continue_()

    page.route("**/v1/samples/*", hold)
    with page.expect_request(lambda request: request.resource_type == "fetch" and "/v1/samples/" in request.url):
        studio.samples.first.click()
    studio.upload(photo())
    expect(studio.switches.first).to_be_visible()
    with page.expect_event("requestfinished", lambda request: "/v1/samples/" in request.url):
        held[0].continue_()
    page.evaluate("async (address) => { await (await fetch(address)).blob(); }", held[0].request.url)
    expect(page.get_by_role("heading", name="portrait.png")).to_be_visible()


def test_of_several_files_none_is_taken_and_the_note_goes_with_the_next_photo(studio: Studio) -> None:
    page = studio.page
    page.get_by_label("Photo to edit").evaluate("""input => {
        const files = new DataTransfer();
        for (const name of ["a.jpg", "b.jpg"]) files.items.add(new File(["."], name, { type: "image/jpeg" }));
        input.files = files.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
    }""")
    expect(studio.problem).to_contain_text("One photo at a time")
    studio.open_sample()
    expect(studio.problem).to_have_count(0)


def test_a_camera_takes_the_photo_and_is_off_afterwards(studio: Studio) -> None:
    page = studio.page
    page.evaluate(CAMERA, "/v1/samples/collins.jpg")
    page.get_by_role("button", name="Use the camera").click()
    assert studio.violations() == []
    page.get_by_role("button", name="Take the photo").click()
    expect(page.get_by_role("heading", name="Photo from the camera.jpg")).to_be_visible()
    expect(studio.switches.first).to_be_visible()
    assert page.evaluate("window.stream.getTracks().map((track) => track.readyState)") == ["ended"]


def test_a_device_without_a_camera_is_told_so(studio: Studio) -> None:
    studio.page.evaluate(NO_CAMERA)
    studio.page.get_by_role("button", name="Use the camera").click()
    expect(studio.problem).to_contain_text("There is no camera at this device")
    studio.page.keyboard.press("Escape")
    studio.open_sample()


def test_the_original_is_seen_as_long_as_it_is_held(studio: Studio) -> None:
    page = studio.page
    studio.open_sample()
    studio.switch("Eyeglasses").click()
    studio.wait_for_edit()
    page.get_by_role("radio", name="Hold to see").check(force=True)
    original = page.get_by_role("img", name="Original")
    held = page.get_by_role("button", name="Hold to see the original")
    expect(studio.edited).to_be_visible()
    assert studio.violations() == []

    held.hover()
    page.mouse.down()
    expect(original).to_be_visible()
    expect(studio.edited).to_be_hidden()
    page.mouse.up()
    expect(studio.edited).to_be_visible()

    page.get_by_role("radio", name="Hold to see").focus()
    page.keyboard.down("Space")
    expect(original).to_be_visible()
    page.keyboard.up("Space")
    expect(original).to_be_hidden()


def test_a_photo_that_the_browser_cannot_show_is_shown_by_the_service(studio: Studio) -> None:
    """What HEIC is to Chromium, under whatever name; here a PNG, which it is kept from reading."""
    page = studio.page
    page.evaluate("""() => {
        const { createImageBitmap } = window;
        window.createImageBitmap = (file, ...rest) =>
            file.name === "phone.jpg" ? Promise.reject(new Error()) : createImageBitmap(file, ...rest);
    }""")
    studio.upload(photo("phone.jpg"))
    studio.switch("Eyeglasses").click()
    studio.wait_for_edit()
    assert studio.fields()[0]["strength"] == "0", "an edit that changes nothing"
    name, saved = studio.save()
    assert (name.endswith(".png"), saved.size) == (True, (178, 218))
