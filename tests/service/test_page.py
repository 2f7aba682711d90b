"""The page, the samples and /docs: local files alone."""

import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from service.settings import Settings
from tests.service.serving import Served
from tests.service.test_faces import error_code


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A built page."""
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>Studio</title>")
    (folder / "assets" / "index-0a1b.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def test_a_page_that_is_not_built_says_what_to_do(served: Served) -> None:
    response = served.client.get("/")
    assert response.status_code == 503
    assert "make run" in response.text


def test_the_page_is_always_fresh_and_its_assets_are_kept(page: Path, served: Served) -> None:
    index, asset = served.client.get("/"), served.client.get("/assets/index-0a1b.js")
    assert (index.text, index.headers["Cache-Control"]) == ("<title>Studio</title>", "no-cache")
    assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    missing = served.client.get("/assets/gone.js")
    assert (missing.status_code, error_code(missing)) == (404, "not_found")


@pytest.mark.parametrize("path", ["/seasons", "/edit/zebras", "/bulk", "/bulk/0a1b", "/study/vote/0a1b"])
def test_every_view_has_an_address_of_its_own(page: Path, served: Served, path: str) -> None:
    assert served.client.get(path).text == "<title>Studio</title>"


def test_an_address_that_no_view_has_is_not_found(page: Path, served: Served) -> None:
    assert error_code(served.client.get("/elsewhere")) == "not_found"


def test_a_person_who_goes_astray_gets_the_page_which_leads_on(page: Path, served: Served) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml"}
    astray = served.client.get("/elsewhere", headers=browser)
    assert (astray.status_code, astray.text) == (404, "<title>Studio</title>")
    assert error_code(served.client.get("/v1/jobs/none", headers=browser)) == "unknown_job"


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"])
def test_nothing_outside_the_page_is_served(page: Path, served: Served, path: str) -> None:
    assert served.client.get(path).status_code == 404


def test_docs_fetch_nothing_from_elsewhere(served: Served) -> None:
    docs, start = served.client.get("/docs").text, served.client.get("/docs/start.js").text
    assert re.findall(r'(?:src|href)="([^"]*)"', docs) == [
        "data:,", "/swagger/swagger-ui.css", "/swagger/swagger-ui-bundle.js", "/docs/start.js",
    ]  # fmt: skip
    assert "/openapi.json" in start
    assert served.client.get("/openapi.json").json()["info"]["title"] == "INIT Studio"


def test_samples_are_portraits_with_credits(served: Served) -> None:
    samples = served.client.get("/v1/samples").json()["samples"]
    assert len(samples) >= 2
    for sample in samples:
        response = served.client.get(sample["url"])
        photo = Image.open(io.BytesIO(response.content))
        assert response.headers["Content-Type"] == "image/jpeg"
        assert abs(photo.width / photo.height - 178 / 218) < 0.01
        assert len(response.content) < 150_000
    gone = served.client.get("/v1/samples/..%2fCREDITS.jpg")
    assert gone.status_code == 404


def test_each_sample_is_documented_to_be_free() -> None:
    folder = Settings().samples_dir
    credits = json.loads((folder / "CREDITS.json").read_text())
    assert {sample["name"] for sample in credits} == {path.stem for path in folder.glob("*.jpg")}
    assert all(sample["licence"].startswith("Public domain") for sample in credits)
