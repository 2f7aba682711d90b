"""Domains beside faces: found by their releases, asked for by their names; of a pair, the model's own picture."""

import io
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.service import photos
from tests.service.releases import tiny_release
from tests.service.serving import MAX_JOB_BYTES, Served, serve
from tests.service.test_faces import error_code
from tests.service.test_jobs import create, work
from training.domains import EDGES, SEASONS, Domain, decide

GARDEN = Domain("garden", ("Roses", "Red_Tulip", "Blue_Tulip"), exclusive=(("Red_Tulip", "Blue_Tulip"),))
WINTER = '{"Winter": true}'


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with seasons, edges, a domain of one's own, and no faces."""
    root = tmp_path_factory.mktemp("shelf")
    for domain in (SEASONS, EDGES, GARDEN):
        tiny_release(root, domain=domain)
    return root


@pytest.fixture
def served(shelf: Path, tmp_path: Path) -> Iterator[Served]:
    """The application over that registry, ready."""
    with serve(shelf, tmp_path) as served:
        yield served


def post(served: Served, path: str, data: bytes | None = None, **fields: str) -> httpx.Response:
    """Sends a photo."""
    return served.client.post(path, files={"image": ("me.png", data or photos.jpeg())}, data=fields)


def listed(served: Served) -> dict[str, dict[str, object]]:
    """GET /v1/domains, by name."""
    return {domain["name"]: domain for domain in served.client.get("/v1/domains").json()["domains"]}


def test_every_domain_with_a_release_is_listed_as_its_release_says(served: Served) -> None:
    domains = listed(served)
    assert list(domains) == ["faces", "seasons", "edges", "garden"]
    assert {name: domain["ready"] for name, domain in domains.items()} == {
        "faces": False, "seasons": True, "edges": True, "garden": True,
    }  # fmt: skip
    assert (domains["seasons"]["kind"], domains["seasons"]["exclusive"]) == ("unpaired", [["Summer", "Winter"]])
    assert domains["seasons"]["attributes"] == [
        {"name": "Summer", "label": "Summer", "group": "Summer or Winter"},
        {"name": "Winter", "label": "Winter", "group": "Summer or Winter"},
    ]
    assert domains["garden"]["attributes"] == [
        {"name": "Roses", "label": "Roses", "group": None},
        {"name": "Red_Tulip", "label": "Red tulip", "group": "tulip"},
        {"name": "Blue_Tulip", "label": "Blue tulip", "group": "tulip"},
    ]


def test_what_a_job_may_bring_along_is_told_before_it_is_sent(served: Served, shelf: Path, tmp_path: Path) -> None:
    limits = served.client.get("/v1/domains").json()["jobs"]
    assert limits == {"max_files": 5, "max_photos": 8, "max_bytes": MAX_JOB_BYTES, "folders": False}
    with serve(shelf, tmp_path / "other", ready=False, folders=str(tmp_path)) as open_to_folders:
        assert open_to_folders.client.get("/v1/domains").json()["jobs"]["folders"] is True


def test_a_domain_of_one_s_own_is_edited(served: Served) -> None:
    shown = post(served, "/v1/garden/attributes").json()
    assert list(shown["attributes"]) == list(GARDEN.attributes)
    edited = post(served, "/v1/garden/translate", attributes='{"Roses": true}')
    assert edited.status_code == 200
    assert Image.open(io.BytesIO(edited.content)).size == (photos.WIDTH, photos.HEIGHT)
    refused = post(served, "/v1/garden/translate", attributes='{"Smiling": true}')
    assert (refused.status_code, error_code(refused)) == (422, "unknown_attribute")
    assert "Red_Tulip" in refused.text


def test_another_season_keeps_the_photo_as_large_as_it_was(served: Served) -> None:
    wide = photos.encoded(photos.portrait(size=(720, 440)), "PNG")
    edited = Image.open(io.BytesIO(post(served, "/v1/seasons/translate", wide, attributes=WINTER).content))
    assert edited.size == (720, 440)


def test_of_a_pair_the_answer_is_the_model_s_picture_as_large_as_the_photo(served: Served) -> None:
    wide = photos.portrait(size=(720, 440))
    response = post(served, "/v1/edges/translate", photos.encoded(wide, "PNG"), attributes='{"Photo": true}')
    assert response.headers["Content-Type"] == "image/png"
    edited = Image.open(io.BytesIO(response.content))
    assert edited.size == (720, 440)
    small = np.asarray(edited.resize((60, 36), Image.Resampling.BOX), np.int16)
    again = np.asarray(Image.fromarray(small.astype(np.uint8)).resize(edited.size, Image.Resampling.BICUBIC), np.int16)
    assert np.abs(again - np.asarray(edited, np.int16)).mean() < 4, "it has no more detail than the model's picture"


def test_each_folder_gives_another_picture(served: Served) -> None:
    winter = post(served, "/v1/seasons/translate", attributes=WINTER)
    clearly = post(served, "/v1/seasons/translate", attributes='{"Winter": true, "Summer": false}')
    summer = post(served, "/v1/seasons/translate", attributes='{"Summer": true}')
    assert winter.content == clearly.content != summer.content


@pytest.mark.parametrize("change", ['{"Winter": false}', "{}", '{"Winter": true, "Summer": true}'])
def test_a_photo_is_wanted_in_exactly_one_folder(served: Served, change: str) -> None:
    response = post(served, "/v1/seasons/translate", attributes=change)
    assert (response.status_code, error_code(response)) == (422, "contradictory_attributes")
    assert "Winter" in response.text


def test_a_photo_shows_exactly_one_folder(served: Served) -> None:
    shown = post(served, "/v1/seasons/attributes").json()["attributes"]
    assert sorted(shown.values()) == [False, True]
    assert decide(SEASONS, [0.2, 0.1]) == (True, False)
    assert decide(SEASONS, [0.8, 0.9]) == (False, True)


@pytest.mark.parametrize("path", ["/v1/cats/translate", "/v1/cats/attributes", "/v1/synthetic/translate"])
def test_an_unknown_domain_is_told_with_those_that_there_are(served: Served, path: str) -> None:
    response = post(served, path, attributes="{}")
    assert (response.status_code, error_code(response)) == (404, "unknown_domain")
    assert "faces, seasons, edges, garden" in response.text


def test_jobs_take_any_domain(served: Served) -> None:
    job = create(served, photos.jpeg(), domain="seasons", attributes=WINTER).json()
    work(served, job["id"])
    ended = served.client.get(f"/v1/jobs/{job['id']}").json()
    assert (ended["domain"], ended["state"], ended["release"]["name"]) == ("seasons", "succeeded", "tiny")
    refused = create(served, photos.jpeg(), domain="seasons")
    assert (refused.status_code, error_code(refused)) == (422, "unknown_attribute")


def test_without_faces_the_rest_is_served(served: Served) -> None:
    response = post(served, "/v1/faces/translate", attributes='{"Smiling": true}')
    assert (response.status_code, error_code(response)) == (503, "model_not_ready")
    assert "python -m training promote faces" in response.text
    domains = served.client.get("/health/ready").json()["checks"]["domains"]
    assert {name for name, check in domains.items() if check["ok"]} == {"seasons", "edges", "garden"}
    assert not domains["faces"]["ok"]


@pytest.mark.parametrize(("domain", "change"), [("faces", "Smiling"), ("seasons", "Winter"), ("edges", "Photo")])
def test_a_domain_without_a_release_says_how_to_make_one(tmp_path: Path, domain: str, change: str) -> None:
    with serve(tmp_path / "releases", tmp_path) as served:
        response = post(served, f"/v1/{domain}/translate", attributes=f'{{"{change}": true}}')
        assert (response.status_code, error_code(response)) == (503, "model_not_ready")
        command = f"`python -m training promote {domain} NAME`"
        assert command in response.json()["error"]["message"]
        assert command in str(listed(served)[domain]["reason"])


def test_a_domain_that_is_added_is_served_without_a_restart(tmp_path: Path) -> None:
    root = tmp_path / "releases"
    with serve(root, tmp_path, ready=False) as served:
        assert list(listed(served)) == ["faces", "seasons", "edges"]
        tiny_release(root, domain=GARDEN, promote=True)
        while not listed(served).get("garden", {"ready": False})["ready"]:
            time.sleep(0.01)
        assert post(served, "/v1/garden/translate", attributes='{"Roses": true}').status_code == 200
