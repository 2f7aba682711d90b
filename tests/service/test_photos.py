"""What one photo is asked for beside its change: which face, how strong, by which release; in fields and headers."""

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from service.faces import CenterFaceFinder, Face
from tests.service import photos
from tests.service.portraits import canvas
from tests.service.releases import tiny_release
from tests.service.serving import Served, serve
from tests.service.test_faces import error_code
from training.domains import EDGES, FACES, SEASONS

EYES, MOUTH = ((59.04, 88.0), (119.0, 88.0), (89.0, 120.0)), ((65.0, 150.0), (113.0, 150.0))
LARGE = Face((35.55, 40.0, 142.0, 190.0), (*EYES, *MOUTH), 0.98765)
SMALL = Face((2.0, 2.0, 22.0, 26.0), tuple((x / 6, y / 7) for x, y in LARGE.landmarks), 0.7)


class Finder:
    """Finds in every photo what it is told to."""

    def __init__(self) -> None:
        self.faces = [LARGE, SMALL]

    def find(self, photo: Image.Image) -> list[Face]:
        """The faces."""
        return self.faces


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with a domain of each kind."""
    root = tmp_path_factory.mktemp("shelf")
    for domain in (FACES, SEASONS, EDGES):
        tiny_release(root, domain=domain)
    return root


@pytest.fixture
def finder() -> Finder:
    """What finds the faces."""
    return Finder()


@pytest.fixture
def served(shelf: Path, tmp_path: Path, finder: Finder) -> Iterator[Served]:
    """The application over that registry, ready."""
    with serve(shelf, tmp_path, finder=finder) as served:
        yield served


def post(
    served: Served, path: str, fields: Mapping[str, str] | None = None, data: bytes | None = None
) -> httpx.Response:
    """Sends a photo."""
    change = '{"Smiling": true}' if path.startswith("faces") else '{"Winter": true}'
    files = {"image": ("me.jpg", data or photos.jpeg())}
    return served.client.post(f"/v1/{path}", files=files, data={"attributes": change} | dict(fields or {}))


def test_faces_are_listed_in_the_upright_photo_the_largest_first(served: Served) -> None:
    response = post(served, "faces/faces", data=photos.turned())
    found = response.json()
    assert (found["width"], found["height"]) == (photos.WIDTH, photos.HEIGHT)
    assert [face["score"] for face in found["faces"]] == [0.9877, 0.7]
    assert found["faces"][0]["box"] == [35.5, 40, 142, 190]
    assert found["faces"][0]["landmarks"] == [[59, 88], [119, 88], [89, 120], [65, 150], [113, 150]]
    assert "find;dur=" in response.headers["Server-Timing"]


def test_no_face_is_an_empty_list_but_nothing_to_edit_unless_the_photo_is_said_to_be_aligned(
    served: Served, finder: Finder
) -> None:
    finder.faces = []
    assert post(served, "faces/faces").json()["faces"] == []
    for path in ("faces/translate", "faces/attributes"):
        refused = post(served, path)
        assert (refused.status_code, error_code(refused)) == (422, "no_face")
        assert "aligned=true" in refused.text
        assert post(served, path, {"aligned": "true"}).status_code == 200
    assert post(served, "faces/translate", {"aligned": "true"}).headers["X-Faces"] == "0"
    assert post(served, "faces/attributes", {"aligned": "true"}).json()["face"] is None


def test_two_people_are_both_edited_or_the_one_that_is_chosen(releases: Path, tmp_path: Path) -> None:
    file = io.BytesIO()
    canvas((700, 500), ("collins", 300, (20, 40), 0.0), ("hopper", 300, (380, 60), 0.0)).save(file, "JPEG")
    before = np.asarray(Image.open(file), np.int16)

    def edited(fields: Mapping[str, str]) -> tuple[str, list[bool]]:
        answer = post(found, "faces/translate", {"format": "png", **fields}, file.getvalue())
        difference = np.asarray(Image.open(io.BytesIO(answer.content)), np.int16) - before
        return answer.headers["X-Faces"], [bool(half.any()) for half in np.split(difference, 2, axis=1)]

    with serve(releases, tmp_path, finder=CenterFaceFinder()) as found:
        faces = post(found, "faces/faces", data=file.getvalue()).json()["faces"]
        assert len(faces) == 2
        second_is_right = faces[1]["box"][0] > 350
        assert edited({}) == ("2", [True, True])
        assert edited({"face": "1"}) == ("1", [not second_is_right, second_is_right])


@pytest.mark.parametrize("path", ["faces/translate", "faces/attributes"])
def test_a_face_that_there_is_not_is_refused_with_the_number_of_those_that_there_are(served: Served, path: str) -> None:
    refused = post(served, path, {"face": "2"})
    assert (refused.status_code, error_code(refused)) == (422, "unknown_face")
    assert "2, counted from 0" in refused.text


@pytest.mark.parametrize("face", ["-1", "none", "1.5", "99999"])
def test_a_face_is_all_or_a_number(served: Served, face: str) -> None:
    refused = post(served, "faces/translate", {"face": face})
    assert (refused.status_code, error_code(refused)) == (422, "invalid_request")


def test_of_whole_photos_no_faces_are_told(served: Served) -> None:
    refused = post(served, "seasons/faces")
    assert (refused.status_code, error_code(refused)) == (422, "invalid_request")
    assert "seasons" in refused.text
    assert post(served, "seasons/translate").headers["X-Faces"] == "0"


def test_strength_nothing_is_the_photo_itself(served: Served) -> None:
    photo = photos.portrait()
    data = photos.encoded(photo, "PNG")
    kept, edited = (
        post(served, "faces/translate", {"aligned": "true", "strength": strength}, data) for strength in ("0", "1")
    )
    assert kept.content != edited.content == post(served, "faces/translate", {"aligned": "true"}, data).content
    assert np.array_equal(photos.decoded(kept.content), np.asarray(photo.convert("RGB")))


@pytest.mark.parametrize("strength", ["-0.1", "2.1", "nan", "inf", "strong"])
def test_a_strength_that_cannot_be_is_refused(served: Served, strength: str) -> None:
    refused = post(served, "faces/translate", {"aligned": "true", "strength": strength})
    assert (refused.status_code, error_code(refused)) == (422, "invalid_strength")


@pytest.mark.parametrize("strengths", ["0.5", "[0.5]", '{"Smiling": true}', '{"Smiling": 3}', '{"Young": 1}', "{"])
def test_strengths_that_cannot_be_are_refused(served: Served, strengths: str) -> None:
    refused = post(served, "faces/translate", {"aligned": "true", "strengths": strengths})
    assert (refused.status_code, error_code(refused)) == (422, "invalid_strength")


def test_one_attribute_may_be_weaker_than_the_others(served: Served) -> None:
    shown = post(served, "faces/attributes", {"aligned": "true"}).json()["attributes"]
    change = {name: not shown[name] for name in ("Smiling", "Young")}  # what a photo shows already, no strength changes
    both = {"aligned": "true", "attributes": json.dumps(change)}
    plain, weaker, same = (
        post(served, "faces/translate", both | fields)
        for fields in ({}, {"strengths": '{"Young": 0.5}'}, {"strengths": '{"Young": 1}'})
    )
    assert weaker.status_code == 200
    assert weaker.content != plain.content == same.content


def test_of_a_pair_strength_is_one(served: Served) -> None:
    refused = post(served, "edges/translate", {"attributes": '{"Photo": true}', "strength": "0.5"})
    assert (refused.status_code, error_code(refused)) == (422, "invalid_strength")


def test_domains_tell_what_may_be_asked_of_each(served: Served) -> None:
    domains = {domain["name"]: domain for domain in served.client.get("/v1/domains").json()["domains"]}
    assert {name: (domain["aligns"], domain["adjustable"]) for name, domain in domains.items()} == {
        "faces": (True, True),
        "seasons": (False, True),
        "edges": (False, False),
    }
    assert {domain["runtime"] for domain in domains.values()} == {"torch-cpu-fp32"}
    assert domains["faces"]["input_formats"] == ["jpeg", "png", "webp", "heic"]


def test_every_answer_about_a_photo_says_what_made_it(served: Served) -> None:
    for path in ("faces/translate", "faces/attributes"):
        headers = post(served, path, {"aligned": "true"}).headers
        assert headers["X-Release"].startswith("tiny@")
        assert headers["X-Runtime"] == "torch-cpu-fp32"
        assert [part.partition(";dur=")[0] for part in headers["Server-Timing"].split(", ")] == [
            "decode", "find", "queue", "forward", "paste", "encode",
        ]  # fmt: skip
        assert headers["Cache-Control"] == "no-store"


def test_bulk_and_what_is_waited_for_give_the_same(served: Served) -> None:
    first, second = (
        post(served, "faces/translate", {"aligned": "true", "priority": priority})
        for priority in ("interactive", "bulk")
    )
    assert first.content == second.content
    assert error_code(post(served, "faces/translate", {"priority": "first"})) == "invalid_request"
