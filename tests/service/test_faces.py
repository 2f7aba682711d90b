"""POST /v1/faces/translate and /v1/faces/attributes over real HTTP."""

import contextlib
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.service import photos
from tests.service.serving import MAX_BYTES, Served, serve
from training.domains import FACES

SMILE = {"attributes": '{"Smiling": true}'}


def translate(
    served: Served, data: bytes | None = None, attributes: str = '{"Smiling": true}', **fields: str
) -> httpx.Response:
    """One request for an edit."""
    image = photos.jpeg() if data is None else data
    form = {"attributes": attributes, **fields}
    return served.client.post("/v1/faces/translate", files={"image": ("me.jpg", image)}, data=form)


def error_code(response: httpx.Response) -> str:
    """The code of an error, its body checked."""
    error = response.json()["error"]
    assert set(error) == {"code", "message", "request_id"}
    assert error["message"].endswith(".")
    assert error["request_id"] == response.headers["X-Request-ID"]
    assert "Traceback" not in response.text
    assert 'File "' not in response.text
    return str(error["code"])


def test_a_photo_comes_back_edited_in_its_own_size_and_format(served: Served) -> None:
    photo = photos.portrait()
    response = translate(served, photos.encoded(photo, "PNG"))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/png"
    edited = Image.open(io.BytesIO(response.content))
    assert (edited.format, edited.size) == ("PNG", photo.size)
    assert np.abs(np.asarray(edited, np.int16) - np.asarray(photo, np.int16)).mean() > 1


def test_different_changes_give_different_edits_and_the_same_one_the_same(served: Served) -> None:
    smile, again = translate(served), translate(served)
    blond = translate(served, attributes='{"Blond_Hair": true}')
    assert smile.content == again.content != blond.content


def test_headers_name_the_release_and_where_the_time_went(served: Served) -> None:
    headers = translate(served).headers
    release = served.client.get("/v1/domains").json()["domains"][0]["release"]
    assert headers["X-Release"] == f"{release['name']}@{release['digest'][:12]}"
    assert [part.partition(";dur=")[0] for part in headers["Server-Timing"].split(", ")] == [
        "decode", "find", "queue", "forward", "paste", "encode",
    ]  # fmt: skip
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
def test_the_format_asked_for_is_given(served: Served, format: str) -> None:
    response = translate(served, format=format)
    assert response.headers["Content-Type"] == f"image/{format}"
    assert str(Image.open(io.BytesIO(response.content)).format).lower() == format


def test_a_photo_on_its_side_is_turned_upright_and_its_metadata_dropped(served: Served) -> None:
    edited = Image.open(io.BytesIO(translate(served, photos.turned()).content))
    assert edited.size == (photos.WIDTH, photos.HEIGHT)
    assert len(edited.getexif()) == 0
    assert b"photographer" not in translate(served, photos.turned()).content


def test_attributes_are_predicted_with_at_most_one_hair_colour(served: Served) -> None:
    response = served.client.post("/v1/faces/attributes", files={"image": ("me.jpg", photos.turned())})
    shown = response.json()
    assert list(shown["attributes"]) == list(shown["probabilities"]) == list(FACES.attributes)
    assert all(0 <= probability <= 1 for probability in shown["probabilities"].values())
    assert sum(shown["attributes"][name] for name in FACES.exclusive[0]) <= 1
    assert (shown["width"], shown["height"]) == (photos.WIDTH, photos.HEIGHT)


BAD_PHOTOS = {
    "nothing": (b"", 400, "empty_image"),
    "text": (b"hello there", 415, "not_an_image"),
    "a GIF": (photos.encoded(photos.portrait(), "GIF"), 415, "not_an_image"),
    "half a JPEG": (photos.jpeg()[: len(photos.jpeg()) // 2], 400, "truncated_image"),
    "the start of a PNG": (photos.encoded(photos.portrait(), "PNG")[:40], 400, "truncated_image"),
    "an animation": (photos.animated(), 415, "animated_image"),
    "too many bytes": (photos.jpeg() + bytes(MAX_BYTES), 413, "image_too_many_bytes"),
    "far too many bytes": (photos.jpeg() + bytes(MAX_BYTES + 2**21), 413, "image_too_many_bytes"),
    "too many pixels": (photos.huge_header(1200), 413, "image_too_many_pixels"),
    "absurdly many pixels": (photos.huge_header(50_000), 413, "image_too_many_pixels"),
}


@pytest.mark.parametrize("path", ["translate", "attributes"])
@pytest.mark.parametrize("case", BAD_PHOTOS)
def test_a_bad_photo_is_refused_with_a_sentence_and_the_next_request_works(
    served: Served, case: str, path: str
) -> None:
    data, status, code = BAD_PHOTOS[case]
    response = served.client.post(f"/v1/faces/{path}", files={"image": ("x.jpg", data)}, data=SMILE)
    assert (response.status_code, error_code(response)) == (status, code)
    assert translate(served).status_code == 200


BAD_CHANGES = {
    "not JSON": ("Smiling", "invalid_attributes"),
    "a list": ('["Smiling"]', "invalid_attributes"),
    "a word for a value": ('{"Smiling": "yes"}', "invalid_attributes"),
    "a number for a value": ('{"Smiling": 1}', "invalid_attributes"),
    "unknown": ('{"Hat": true}', "unknown_attribute"),
    "two hair colours": ('{"Black_Hair": true, "Blond_Hair": true}', "contradictory_attributes"),
}


@pytest.mark.parametrize("case", BAD_CHANGES)
def test_a_change_that_cannot_be_is_refused(served: Served, case: str) -> None:
    attributes, code = BAD_CHANGES[case]
    response = translate(served, attributes=attributes)
    assert (response.status_code, error_code(response)) == (422, code)


def test_wrong_forms_are_refused(served: Served) -> None:
    post = served.client.post
    photo = {"image": ("me.jpg", photos.jpeg())}
    wrong = {
        "no photo": post("/v1/faces/translate", data=SMILE),
        "no attributes": post("/v1/faces/translate", files=photo),
        "unknown format": post("/v1/faces/translate", files=photo, data={**SMILE, "format": "bmp"}),
        "text for a photo": post("/v1/faces/translate", data={**SMILE, "image": "text"}),
        "JSON": post("/v1/faces/translate", json={"image": "text"}),
    }
    assert {case: (answer.status_code, error_code(answer)) for case, answer in wrong.items()} == dict.fromkeys(
        wrong, (422, "invalid_request")
    )


def test_a_form_without_boundary_is_refused(served: Served) -> None:
    headers = {"Content-Type": "multipart/form-data"}
    response = served.client.post("/v1/faces/translate", content=b"x", headers=headers)
    assert (response.status_code, error_code(response)) == (400, "malformed_request")


def test_an_unknown_address_and_a_wrong_method_have_the_same_shape(served: Served) -> None:
    nowhere, wrong = served.client.get("/v1/nowhere"), served.client.get("/v1/faces/translate")
    assert (nowhere.status_code, error_code(nowhere)) == (404, "not_found")
    assert (wrong.status_code, error_code(wrong)) == (405, "method_not_allowed")


def test_a_body_of_unannounced_length_is_cut_off_while_it_is_read(served: Served) -> None:
    def flood() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="image"; filename="x.jpg"\r\n\r\n'
        for _ in range(64):
            yield bytes(2**16)

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    response = served.client.post("/v1/faces/translate", content=flood(), headers=headers)
    assert (response.status_code, error_code(response)) == (413, "image_too_many_bytes")
    assert translate(served).status_code == 200


def test_an_endless_body_is_hung_up_on(served: Served) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 2**30:
            sent += 2**16
            yield bytes(2**16)

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    with contextlib.suppress(httpx.TransportError):
        served.client.post("/v1/faces/translate", content=endless(), headers=headers)
    assert sent < 2**26
    assert translate(served).status_code == 200


def test_sixteen_at_once_all_succeed(served: Served) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda seed: translate(served, photos.jpeg(seed)), range(16)))
    assert [answer.status_code for answer in answers] == [200] * 16
    assert len({answer.content for answer in answers}) == 16


def test_the_service_answers_while_a_model_is_slow(served: Served) -> None:
    served.model.open.clear()
    served.model.entered.clear()
    with ThreadPoolExecutor(1) as pool:
        edit = pool.submit(translate, served)
        assert served.model.entered.wait(60)
        assert served.client.get("/health/live").json() == {"status": "live"}
        assert served.client.get("/v1/domains").status_code == 200
        assert not edit.done()
        served.model.open.set()
        assert edit.result().status_code == 200


def test_too_many_at_once_are_told_when_to_come_back(releases: Path, tmp_path: Path) -> None:
    with serve(releases, tmp_path, max_waiting=1) as served, ThreadPoolExecutor(1) as pool:
        served.model.open.clear()
        served.model.entered.clear()
        first = pool.submit(translate, served)
        assert served.model.entered.wait(60)
        second = translate(served)
        served.model.open.set()
        assert (second.status_code, error_code(second)) == (503, "too_busy")
        assert int(second.headers["Retry-After"]) >= 1
        assert first.result().status_code == 200
        assert translate(served).status_code == 200


def test_without_a_release_it_says_so(tmp_path: Path) -> None:
    with serve(tmp_path / "releases", tmp_path) as served:
        response = translate(served)
        assert (response.status_code, error_code(response)) == (503, "model_not_ready")
        assert served.client.get("/v1/domains").json()["domains"][0]["ready"] is False


def test_a_fault_of_the_service_is_answered_without_its_innards(served: Served) -> None:
    served.model.predict = None  # type: ignore[assignment,method-assign]  # what follows is a TypeError inside
    response = translate(served)
    assert (response.status_code, error_code(response)) == (500, "internal_error")
    assert "NoneType" not in response.text
    assert served.client.get("/health/live").status_code == 200


def test_every_response_has_an_id_and_keeps_browsers_from_harm(served: Served) -> None:
    for response in (served.client.get("/health/live"), served.client.get("/v1/nowhere"), translate(served, b"")):
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    named = served.client.get("/health/live", headers={"X-Request-ID": "mine-1"})
    forged = served.client.get("/health/live", headers={"X-Request-ID": "a b<script>"})
    assert named.headers["X-Request-ID"] == "mine-1"
    assert len(forged.headers["X-Request-ID"]) == 32


def test_domains_tell_what_can_be_asked(served: Served) -> None:
    faces, *_ = served.client.get("/v1/domains").json()["domains"]
    assert (faces["name"], faces["kind"], faces["ready"], faces["reason"]) == ("faces", "attributes", True, None)
    assert faces["attributes"][0] == {"name": "Black_Hair", "label": "Black hair", "group": "hair"}
    assert faces["attributes"][4] == {"name": "Smiling", "label": "Smiling", "group": None}
    assert faces["exclusive"] == json.loads(json.dumps(FACES.exclusive))
    assert (faces["size"], faces["max_bytes"]) == ([44, 36], MAX_BYTES)
