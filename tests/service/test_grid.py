"""POST /v1/{domain}/grid: many edits of one photo in one answer."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from service.engine.orders import Order
from service.routes.grids import caption, single_edits
from tests.service import photos
from tests.service.releases import tiny_release
from tests.service.serving import Served, serve
from tests.service.test_faces import error_code
from training.domains import EDGES, FACES, SEASONS

AGEING = '{"Young": false}'


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with a domain of each kind."""
    root = tmp_path_factory.mktemp("shelf")
    for domain in (FACES, SEASONS, EDGES):
        tiny_release(root, domain=domain)
    return root


@pytest.fixture
def served(shelf: Path, tmp_path: Path) -> Iterator[Served]:
    """The application over that registry, ready."""
    with serve(shelf, tmp_path) as served:
        yield served


def grid(
    served: Served, fields: Mapping[str, str] | None = None, domain: str = "faces", data: bytes | None = None
) -> httpx.Response:
    """One request for a grid, of a photo that is framed like the training data."""
    files = {"image": ("me.jpg", data or photos.jpeg())}
    return served.client.post(f"/v1/{domain}/grid", files=files, data={"aligned": "true"} | dict(fields or {}))


def unpacked(response: httpx.Response) -> tuple[dict[str, NDArray[np.int16]], dict[str, object]]:
    """A zip's pictures by name, and its manifest."""
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.testzip() is None
    names = [name for name in archive.namelist() if name != "manifest.json"]
    pictures = {name: np.asarray(Image.open(io.BytesIO(archive.read(name))), np.int16) for name in names}
    return pictures, json.loads(archive.read("manifest.json"))


def test_a_sheet_shows_every_single_edit_where_its_headers_say(served: Served) -> None:
    response = grid(served, {"format": "png"})
    headers = response.headers
    assert (response.status_code, headers["Content-Type"]) == (200, "image/png")
    sheet = np.asarray(Image.open(io.BytesIO(response.content)), np.int16)
    columns, rows = int(headers["X-Grid-Columns"]), int(headers["X-Grid-Rows"])
    across, down = (int(number) for number in headers["X-Grid-Tile"].split("x"))
    assert sheet.shape == (rows * down, columns * across, 3)
    assert int(headers["X-Grid-Pictures"]) in (8, 9, 10, 11), "the photo, seven switches, and two or three hair colours"
    size, left, top = headers["X-Grid-Picture"].split("+")
    width, height = (int(number) for number in size.split("x"))
    places = [divmod(index, columns) for index in range(int(headers["X-Grid-Pictures"]))]
    pictures = [
        sheet[row * down + int(top) :, column * across + int(left) :][:height, :width] for row, column in places
    ]
    photo = np.asarray(photos.portrait().convert("RGB"), np.int16)
    assert (width, height) == (photos.WIDTH, photos.HEIGHT)
    assert np.abs(pictures[0] - photo).mean() < 4
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
    assert (headers["X-Release"].partition("@")[0], headers["X-Faces"]) == ("tiny", "0")


def test_one_change_grows_with_its_strength_from_the_photo_itself(served: Served) -> None:
    response = grid(served, {"attributes": AGEING, "strengths": "[0, 0.5, 1, 2]", "format": "png", "as": "zip"})
    assert response.headers["Content-Type"] == "application/zip"
    pictures, _ = unpacked(response)
    photo, *edits = pictures.values()
    changes = [float(np.abs(edit - photo).mean()) for edit in edits]
    assert changes[0] == 0
    assert changes == sorted(set(changes))


def test_a_zip_says_what_its_files_are(served: Served) -> None:
    asked = {"attributes": '[{"Smiling": true}, {"Black_Hair": true, "Young": false}]', "as": "zip"}
    response = grid(served, asked)
    pictures, manifest = unpacked(response)
    assert list(pictures) == ["0.jpeg", "1.jpeg", "2.jpeg"]
    release = served.studio.engine.pool.get("faces").release
    assert manifest == {
        "photo": "0.jpeg",
        "edits": [
            {"file": "1.jpeg", "caption": "Smiling", "attributes": {"Smiling": True}, "strength": 1.0},
            {
                "file": "2.jpeg",
                "caption": "Black hair, Young: no",
                "attributes": {"Black_Hair": True, "Young": False},
                "strength": 1.0,
            },
        ],
        "release": {"name": "tiny", "digest": release.digest},
        "runtime": response.headers["X-Runtime"],
    }
    assert grid(served, asked).content == response.content


def test_a_large_photo_becomes_a_small_picture(served: Served) -> None:
    large = photos.encoded(photos.portrait(size=(1000, 800)))
    pictures, _ = unpacked(grid(served, {"as": "zip"}, "seasons", large))
    assert [picture.shape for picture in pictures.values()] == [(410, 512, 3)] * 2, "the photo, and the other season"


REFUSED = {
    "not JSON": ("faces", {"attributes": "Smiling"}, "invalid_attributes"),
    "no change": ("faces", {"attributes": "[]"}, "invalid_attributes"),
    "an unknown attribute": ("faces", {"attributes": '[{"Smiling": true}, {"Hat": true}]'}, "unknown_attribute"),
    "two colours": ("faces", {"attributes": '{"Black_Hair": true, "Blond_Hair": true}'}, "contradictory_attributes"),
    "strengths of nothing": ("faces", {"strengths": "[1]"}, "invalid_strength"),
    "strengths of two changes": (
        "faces", {"attributes": '[{"Young": true}, {"Smiling": true}]', "strengths": "[1]"}, "invalid_strength"
    ),
    "no strengths": ("faces", {"attributes": AGEING, "strengths": "[]"}, "invalid_strength"),
    "too strong": ("faces", {"attributes": AGEING, "strengths": "[1, 2.5]"}, "invalid_strength"),
    "not a number": ("faces", {"attributes": AGEING, "strengths": "[NaN]"}, "invalid_strength"),
    "half a drawing": ("edges", {"attributes": '{"Photo": true}', "strengths": "[0.5]"}, "invalid_strength"),
    "too many": ("faces", {"attributes": AGEING, "strengths": json.dumps([1] * 65)}, "too_many_edits"),
    "another form": ("faces", {"as": "film"}, "invalid_request"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_asked_is_refused(served: Served, case: str) -> None:
    domain, fields, code = REFUSED[case]
    response = grid(served, fields, domain)
    assert (response.status_code, error_code(response)) == (422, code)


def test_a_bad_photo_is_refused(served: Served) -> None:
    response = grid(served, data=b"hello there")
    assert (response.status_code, error_code(response)) == (415, "not_an_image")


def test_single_edits_are_those_that_the_photo_does_not_show() -> None:
    shown = dict.fromkeys(FACES.attributes, False) | {"Black_Hair": True, "Smiling": True}
    changes = [change for change, _ in single_edits(FACES, shown)]
    assert {"Smiling": False} in changes
    assert {"Young": True} in changes
    assert {"Blond_Hair": True} in changes
    assert not any("Black_Hair" in change for change in changes)
    assert single_edits(SEASONS, {"Summer": True, "Winter": False}) == [({"Winter": True}, 1.0)]


def test_captions_are_for_people() -> None:
    assert caption(Order({"Black_Hair": True, "Smiling": False}, strength=0.5)) == "Black hair, Smiling: no x 0.5"
