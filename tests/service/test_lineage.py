"""Where a release comes from and what became of it, over real HTTP."""

from datetime import UTC, datetime

from service.jobs.models import Deed
from tests.service import photos
from tests.service.serving import Served
from tests.service.test_faces import error_code
from tests.service.test_jobs import create, work


def note(served: Served, what: str, subject: str, domain: str = "faces") -> None:
    """An entry of the audit log."""
    at = datetime(2026, 11, 23, tzinfo=UTC)
    deed = Deed(at=at, who="ada", what=what, domain=domain, subject=subject, why="it is better", data={})
    with served.studio.jobs.database.write() as session:
        session.add(deed)


def test_a_release_s_promotions_and_outputs_are_its_own(served: Served) -> None:
    release = served.studio.engine.pool.get("faces").release
    work(served, create(served, photos.jpeg(), b"no photo", photos.jpeg(1)).json()["id"])
    note(served, "promote", f"tiny@{release.digest[:12]}")
    note(served, "rollback", f"tiny@{release.digest}")
    for what, subject, domain in (
        ("promote", "tiny2@0000", "faces"),
        ("promote", "tiny@0000", "seasons"),
        ("key", "tiny@0000", "faces"),
    ):
        note(served, what, subject, domain)
    lineage = served.client.get("/v1/faces/releases/tiny/lineage").json()
    assert (lineage["digest"], lineage["data"]) == (release.digest, "none: random networks for tests")
    assert (lineage["job"], lineage["method"], lineage["step"], lineage["outputs"]) == (None, "init", 0, 2)
    assert [(each["what"], each["who"], each["why"]) for each in lineage["promotions"]] == [
        ("promote", "ada", "it is better"),
        ("rollback", "ada", "it is better"),
    ]


def test_a_release_that_there_is_not_has_none(served: Served) -> None:
    for name in ("absent", "..", "%2e%2e"):
        assert served.client.get(f"/v1/faces/releases/{name}/lineage").status_code == 404
    assert error_code(served.client.get("/v1/faces/releases/absent/lineage")) == "unknown_release"
    assert error_code(served.client.get("/v1/cats/releases/tiny/lineage")) == "unknown_domain"


def test_a_release_shows_its_card_and_its_scores_but_not_its_weights(served: Served) -> None:
    files = "/v1/faces/releases/tiny/files"
    card = served.client.get(f"{files}/MODEL_CARD.md")
    assert (card.text, card.headers["Content-Type"]) == ("# A tiny release for tests\n", "text/markdown; charset=utf-8")
    assert served.client.get(f"{files}/config.json").json()["method"] == "init"
    assert error_code(served.client.get(f"{files}/grid.jpg")) == "unknown_release_file"
    assert error_code(served.client.get("/v1/faces/releases/absent/files/grid.jpg")) == "unknown_release"
    for name in ("generator.safetensors", "..%2fpromoted.json"):
        assert served.client.get(f"{files}/{name}").status_code in (404, 422)
