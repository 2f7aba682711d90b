"""The releases of a domain over HTTP: listed, promoted, rolled back, pinned; and who may do so."""

import io
import json
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from tests.service import photos
from tests.service.releases import tiny_release
from tests.service.serving import Served, serve
from tests.service.test_faces import error_code
from training.checkpoint import write_json
from training.domains import Domain
from training.registry import Registry
from training.release import METRICS


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A registry with two good releases of faces, the first promoted, and one that cannot be used."""
    root = tmp_path / "releases"
    first = tiny_release(root, "first", seed=1)
    write_json(first.path / METRICS, {"photos": 9, "mean": {"accuracy": 0.87654, "count": 3, "note": "text"}})
    tiny_release(root, "second", seed=2, promote=False)
    tiny_release(root, "spoilt", seed=3, promote=False, fill=math.nan)
    return root


@pytest.fixture
def served(shelf: Path, tmp_path: Path) -> Iterator[Served]:
    """The application over that registry, ready."""
    with serve(shelf, tmp_path) as served:
        yield served


def test_one_that_was_promoted_by_hand_may_have_any_name(shelf: Path, tmp_path: Path) -> None:
    other = tiny_release(shelf, "冬 2", seed=4, promote=False)
    write_json(shelf / "faces" / "promoted.json", {"history": ["冬 2"]})
    with serve(shelf, tmp_path) as served:
        form = {"attributes": '{"Smiling": true}', "aligned": "true"}
        answer = served.client.post("/v1/faces/translate", files={"image": ("me.jpg", photos.jpeg())}, data=form)
        assert answer.status_code == 200
        assert unquote(answer.headers["X-Release"]) == f"冬 2@{other.digest[:12]}"


def serving(served: Served, **fields: str) -> str:
    """The name of the release that edits a photo."""
    form = {"attributes": '{"Smiling": true}', "aligned": "true", **fields}
    response = served.client.post("/v1/faces/translate", files={"image": ("me.jpg", photos.jpeg())}, data=form)
    assert response.status_code == 200, response.text
    return response.headers["X-Release"].partition("@")[0]


def promote(served: Served, name: str = "second", **headers: str) -> httpx.Response:
    """One request for a promotion."""
    return served.client.post("/v1/faces/promote", json={"name": name}, headers=headers)


def listed(served: Served) -> dict[str, dict[str, object]]:
    """GET /v1/faces/releases, by name."""
    return {release["name"]: release for release in served.client.get("/v1/faces/releases").json()["releases"]}


def test_releases_are_listed_with_what_is_known_of_them(served: Served) -> None:
    releases = listed(served)
    first = releases["first"]
    assert set(releases) == {"first", "second", "spoilt"}
    assert (first["promoted"], first["loaded"], first["size"]) == (True, True, [44, 36])
    assert first["runtime"] == served.client.get("/v1/domains").json()["domains"][0]["runtime"]
    assert first["metrics"] == {"accuracy": 0.8765, "count": 3}
    second = releases["second"]
    assert (second["promoted"], second["loaded"], second["runtime"], second["metrics"]) == (False, False, None, None)
    assert len(str(second["digest"])) == 64


def test_a_promotion_is_answered_when_it_serves_and_can_be_taken_back(served: Served, shelf: Path) -> None:
    promoted = promote(served)
    assert (promoted.status_code, promoted.json()["release"]["name"]) == (200, "second")
    assert serving(served) == "second"
    assert Registry(shelf).promoted_name("faces") == "second"
    bare = served.client.post("/v1/faces/rollback")
    assert (bare.status_code, "as application/json; where there is nothing to say, {}" in bare.text) == (422, True)
    back = served.client.post("/v1/faces/rollback", json={})
    assert (back.status_code, back.json()["release"]["name"]) == (200, "first")
    assert serving(served) == "first"
    assert Registry(shelf).promoted_name("faces") == "first"


def test_a_release_that_cannot_be_used_is_refused_and_the_old_one_goes_on(served: Served, shelf: Path) -> None:
    response = promote(served, "spoilt")
    assert (response.status_code, error_code(response)) == (409, "release_not_usable")
    assert "spoilt" in response.text
    assert serving(served) == "first"
    assert Registry(shelf).promoted_name("faces") == "first"


def test_there_is_nothing_before_the_first(served: Served) -> None:
    response = served.client.post("/v1/faces/rollback", json={})
    assert (response.status_code, error_code(response)) == (409, "release_not_usable")
    assert serving(served) == "first"


@pytest.mark.parametrize("name", ["third", "../faces/second", ".", "promoted.json"])
def test_what_there_is_not_cannot_be_promoted(served: Served, name: str) -> None:
    response = promote(served, name)
    assert (response.status_code, error_code(response)) == (404, "unknown_release")


@pytest.mark.parametrize("path", ["promote", "rollback", "releases"])
def test_nor_can_a_domain_that_there_is_not(served: Served, path: str) -> None:
    method = "GET" if path == "releases" else "POST"
    body = {"promote": {"name": "second"}, "rollback": {}}.get(path)
    response = served.client.request(method, f"/v1/cats/{path}", json=body)
    assert (response.status_code, error_code(response)) == (404, "unknown_domain")


def test_a_request_may_pin_a_release(served: Served) -> None:
    digest = str(listed(served)["second"]["digest"])
    assert serving(served, release=digest) == serving(served, release=digest[:12]) == "second"
    assert serving(served) == "first"
    form = {"attributes": '{"Smiling": true}', "aligned": "true", "release": "0" * 12}
    unknown = served.client.post("/v1/faces/translate", files={"image": ("me.jpg", photos.jpeg())}, data=form)
    assert (unknown.status_code, error_code(unknown)) == (404, "unknown_release")


def test_of_a_pinned_release_is_asked_what_it_can_do_whatever_serves(tmp_path: Path) -> None:
    shelf, attributes = tmp_path / "shelf", ("Roses", "Lilies")
    old = tiny_release(shelf, "old", domain=Domain("garden", attributes[:1]))
    new = tiny_release(shelf, "new", seed=1, domain=Domain("garden", attributes), promote=False)
    files = {"image": ("me.jpg", photos.jpeg())}
    with serve(shelf, tmp_path) as served:
        for release, known in ((old, 1), (new, 2)):
            pinned = {"release": release.digest}
            grid = served.client.post("/v1/garden/grid", files=files, data={**pinned, "as": "zip"})
            made = json.loads(zipfile.ZipFile(io.BytesIO(grid.content)).read("manifest.json"))
            assert [name for edit in made["edits"] for name in edit["attributes"]] == list(attributes[:known])
            asked = {**pinned, "attributes": '{"Lilies": true}'}
            edit = served.client.post("/v1/garden/translate", files=files, data=asked)
            assert (edit.status_code == 200) is (known == 2)


def test_the_service_s_own_page_may_promote(served: Served) -> None:
    base = served.client.base_url
    assert promote(served, Origin=f"http://{base.host}:{base.port}").status_code == 200


STRANGERS = {
    "another site's page": {"Origin": "http://elsewhere.example"},
    "a page on another port": {"Origin": "http://127.0.0.1:1"},
    "a page of unknown origin": {"Origin": "null"},
    "a name that was made to mean this machine": {
        "Host": "rebound.example:8000",
        "Origin": "http://rebound.example:8000",
    },
}


@pytest.mark.parametrize("case", STRANGERS)
def test_strangers_may_not(served: Served, case: str) -> None:
    response = promote(served, **STRANGERS[case])
    assert (response.status_code, error_code(response)) == (403, "foreign_site")
    assert serving(served) == "first"


def test_nor_may_somebody_behind_a_proxy(served: Served) -> None:
    response = promote(served, **{"X-Forwarded-For": "203.0.113.7"})
    assert (response.status_code, error_code(response)) == (403, "promotion_not_allowed")
    assert "`python -m training promote faces second`" in response.text
    assert serving(served) == "first"


def test_a_form_that_any_page_could_send_is_refused(served: Served) -> None:
    for body in ('{"name": "second"}', "name=second"):
        response = served.client.post("/v1/faces/promote", content=body, headers={"Content-Type": "text/plain"})
        assert (response.status_code, error_code(response)) == (422, "invalid_request")
    assert serving(served) == "first"


def test_nobody_may_without_a_key_where_the_service_can_be_reached_from_elsewhere(shelf: Path, tmp_path: Path) -> None:
    with serve(shelf, tmp_path, host="0.0.0.0", published="127.0.0.1") as served:  # in a container, say
        refused = promote(served), served.client.post("/v1/faces/rollback", json={})
        assert [(each.status_code, error_code(each)) for each in refused] == [(403, "promotion_not_allowed")] * 2
        assert "`python -m training rollback faces`" in refused[1].text
    with serve(shelf, tmp_path, host="0.0.0.0") as served:
        assert error_code(promote(served)) == "key_required"
        assert Registry(shelf).promoted_name("faces") == "first"
