"""API keys over real HTTP: who is let in, to what, how often, and whose jobs they see."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from service import command
from service.access.keys import SCOPES, Keys
from service.client import ApiError, Client
from service.routes.access import needed
from service.settings import Settings
from tests.service import photos
from tests.service.releases import tiny_release
from tests.service.serving import Served, serve
from tests.service.test_faces import error_code
from tests.service.test_jobs import SMILING, create
from tests.service.uploads import form

SOON = 0.05  # seconds after which a key that is revoked has ended, here


@pytest.fixture
def served(releases: Path, tmp_path: Path) -> Iterator[Served]:
    """The application, as it can be reached from elsewhere."""
    with serve(releases, tmp_path, host="0.0.0.0", keys_seconds=SOON) as served:
        yield served


def make_key(served: Served, *scopes: str, **limits: int) -> tuple[str, str]:
    """A key: its id and its secret."""
    key, secret = Keys(served.studio.jobs.database).create("tester", scopes, **limits)
    return key.id, secret


@contextmanager
def held(served: Served, secret: str | None) -> Iterator[Served]:
    """The application, asked with a key."""
    served.client.headers.pop("Authorization", None)
    if secret is not None:
        served.client.headers["Authorization"] = f"Bearer {secret}"
    yield served
    served.client.headers.pop("Authorization", None)


def translate(served: Served) -> httpx.Response:
    """Has a photo edited."""
    return served.client.post("/v1/faces/translate", **form())


def refused(response: httpx.Response) -> tuple[int, str]:
    """The status and the code of an error."""
    return response.status_code, error_code(response)


def test_without_a_key_the_api_is_closed_and_what_explains_it_open(served: Served) -> None:
    for path in ("/", "/docs", "/openapi.json", "/health/live", "/health/ready", "/metrics", "/v1/domains"):
        assert served.client.get(path).status_code != 401, path
    for answer in (translate(served), create(served, photos.jpeg()), served.client.get("/v1/jobs")):
        assert refused(answer) == (401, "key_required")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "service keys create" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/jobs/%2e%2e", "/v1/made/up", "/v1/samples/translate", "/v1/jobs/a%0ab", "/v1/"])
def test_what_is_in_no_rule_is_closed(served: Served, path: str) -> None:
    assert refused(served.client.post(path)) == (401, "key_required")
    _, secret = make_key(served, *(scope for scope in SCOPES if scope != "admin"))
    with held(served, secret):
        assert served.client.post(path).status_code in (403, 404, 405, 422)


def test_a_key_lets_in_by_either_header(served: Served) -> None:
    _, secret = make_key(served, "translate")
    for headers in (
        {"Authorization": f"Bearer {secret}"},
        {"authorization": f"bearer {secret}"},
        {"X-API-Key": secret},
    ):
        answer = served.client.post("/v1/faces/translate", **form(), headers=headers)
        assert answer.status_code == 200, answer.text


def test_a_wrong_secret_does_not_whichever_way_it_is_wrong(served: Served) -> None:
    id, secret = make_key(served, "admin")
    wrong = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for sent in (wrong, f"init_{id}_", f"init_{id}", "init_00000000_x", "", "nothing", secret + "x", "ä"):
        answer = served.client.get("/v1/jobs", headers={b"X-API-Key": sent.encode()})
        assert refused(answer) == (401, "invalid_key"), sent


def test_a_key_that_is_revoked_ends_soon_and_for_good(served: Served) -> None:
    id, secret = make_key(served, "jobs")
    with held(served, secret):
        assert served.client.get("/v1/jobs").status_code == 200
        Keys(served.studio.jobs.database).revoke(id)
        time.sleep(2 * SOON)
        assert refused(served.client.get("/v1/jobs")) == (401, "invalid_key")


ASKED: dict[str, Callable[[Served], httpx.Response]] = {
    "translate": lambda served: served.client.post("/v1/faces/translate", **form()),
    "jobs": lambda served: create(served, photos.jpeg()),
    "promote": lambda served: served.client.post("/v1/faces/promote", json={"name": "second"}),
}


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_a_key_is_good_for_what_its_scope_says_alone(served: Served, releases: Path, scope: str) -> None:
    _, secret = make_key(served, scope)
    with held(served, secret):
        for needed, ask in ASKED.items():
            answer = ask(served)
            if scope in (needed, "admin"):
                assert answer.status_code not in (401, 403), answer.text
            else:
                assert refused(answer) == (403, "scope_required")
                assert needed in answer.json()["error"]["message"]


def test_with_a_key_releases_are_promoted_from_anywhere(tmp_path: Path) -> None:
    shelf = tmp_path / "releases"
    tiny_release(shelf, "first", seed=1)
    tiny_release(shelf, "second", seed=2, promote=False)
    with serve(shelf, tmp_path, host="0.0.0.0") as served, held(served, make_key(served, "promote")[1]):
        promoted = served.client.post("/v1/faces/promote", json={"name": "second"}, headers={"Host": "a.example"})
        assert promoted.status_code == 200, promoted.text
        assert served.client.post("/v1/faces/rollback", json={}).status_code == 200


def test_a_job_is_seen_by_its_key_and_by_admin_alone(served: Served) -> None:
    mine, theirs, admin = (make_key(served, *scopes)[1] for scopes in (["jobs"], ["jobs"], ["admin"]))
    with held(served, mine):
        url = create(served, photos.jpeg(), key="same").headers["Location"]
        assert [job["id"] for job in served.client.get("/v1/jobs").json()["jobs"]] == [url.rpartition("/")[2]]
    with held(served, theirs):
        assert served.client.get("/v1/jobs").json() == {"jobs": [], "total": 0}
        for method, path in (
            ("GET", url), ("GET", f"{url}/items"), ("GET", f"{url}/items/0/result"), ("GET", f"{url}/events"),
            ("GET", f"{url}/result"), ("POST", f"{url}/cancel"), ("POST", f"{url}/retry"), ("DELETE", url),
        ):  # fmt: skip
            assert refused(served.client.request(method, path)) == (404, "unknown_job"), path
        other = create(served, photos.jpeg(), key="same").headers["Location"]
        assert other != url
    with held(served, admin):
        assert served.client.get("/v1/jobs").json()["total"] == 2
        assert served.client.post(f"{other}/cancel").status_code == 202
    with held(served, mine):
        assert served.client.post(f"{url}/cancel").status_code == 202
        assert served.client.delete(url).status_code == 204


def test_requests_a_minute_are_bounded_by_key(served: Served) -> None:
    first, second = (make_key(served, "jobs", per_minute=2)[1] for _ in range(2))
    with held(served, first):
        answers = [served.client.get("/v1/jobs") for _ in range(3)]
        assert [answer.status_code for answer in answers[:2]] == [200, 200]
        assert refused(answers[2]) == (429, "rate_limited")
        assert 1 <= int(answers[2].headers["Retry-After"]) <= 30
    with held(served, second):
        assert served.client.get("/v1/jobs").status_code == 200


def test_requests_at_once_are_bounded_by_key(served: Served) -> None:
    _, secret = make_key(served, "translate", "jobs", at_once=1)
    with held(served, secret):
        url = create(served, photos.jpeg()).headers["Location"]
        with served.client.stream("GET", f"{url}/events") as watched:
            assert watched.status_code == 200
            answer = translate(served)
            assert refused(answer) == (429, "rate_limited")
            assert answer.headers["Retry-After"] == "1"
        until(lambda: translate(served).status_code == 200)


def until(condition: Callable[[], bool]) -> None:
    """Waits until a condition holds."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_photos_a_day_are_bounded_alone_and_in_jobs_and_what_failed_costs_nothing(
    releases: Path, tmp_path: Path
) -> None:
    with serve(releases, tmp_path, host="0.0.0.0") as served:
        id, secret = make_key(served, "translate", "jobs", quota=4)
        with held(served, secret):
            assert served.client.post("/v1/faces/translate", **form(b"not a photo")).status_code == 415
            assert translate(served).status_code == 200
            served.studio.ledger.sync()
            too_many = create(served, *[photos.jpeg()] * 4)
            assert refused(too_many) == (429, "quota_exceeded")
            assert int(too_many.headers["Retry-After"]) <= 24 * 3600
            assert served.client.get("/v1/jobs").json()["total"] == 0
            assert list(served.studio.blobs.groups()) == []
            assert create(served, *[photos.jpeg()] * 2, key="once").status_code == 202
            assert create(served, *[photos.jpeg()] * 2, key="once").status_code == 202
            assert translate(served).status_code == 200
            served.studio.ledger.sync()
            assert refused(translate(served)) == (429, "quota_exceeded")
    with serve(releases, tmp_path, host="0.0.0.0") as served, held(served, secret):
        assert refused(translate(served)) == (429, "quota_exceeded")
        assert served.studio.ledger.today() == {id: 4}


def test_at_the_machine_no_key_is_needed_but_one_that_is_sent_counts(releases: Path, tmp_path: Path) -> None:
    with serve(releases, tmp_path) as served:
        assert create(served, photos.jpeg()).status_code == 202
        with held(served, make_key(served, "jobs")[1]):
            assert served.client.get("/v1/jobs").json()["total"] == 0
            assert refused(translate(served)) == (403, "scope_required")
        with held(served, "init_00000000_x"):
            assert refused(translate(served)) == (401, "invalid_key")


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"keys": "required"}, 401),
        ({"keys": "off"}, 200),
        ({"host": "0.0.0.0", "published": "127.0.0.1"}, 200),
        ({"published": "0.0.0.0"}, 401),
        ({"host": "::1"}, 200),
    ],
)
def test_keys_are_needed_unless_only_this_machine_can_ask(
    releases: Path, tmp_path: Path, settings: dict[str, Any], status: int
) -> None:
    with serve(releases, tmp_path, **settings) as served:
        assert served.client.get("/v1/jobs").status_code == status


def test_other_sites_pages_may_not_ask_unless_they_are_named(releases: Path, tmp_path: Path) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    asked["Access-Control-Request-Headers"] = "authorization"
    with serve(releases, tmp_path) as served:
        assert "Access-Control-Allow-Origin" not in served.client.get("/v1/domains", headers=asked).headers
        assert served.client.options("/v1/faces/translate", headers=asked).status_code == 405
    with serve(releases, tmp_path, origins="https://a.example, https://b.example", host="0.0.0.0") as served:
        before = served.client.options("/v1/faces/translate", headers=asked)
        assert (before.status_code, before.headers["Access-Control-Allow-Origin"]) == (200, "https://a.example")
        refusal = served.client.get("/v1/jobs", headers=asked)
        assert (refusal.status_code, refusal.headers["Access-Control-Allow-Origin"]) == (401, "https://a.example")
        stranger = served.client.get("/v1/domains", headers={"Origin": "https://c.example"})
        assert "Access-Control-Allow-Origin" not in stranger.headers


FOREIGN = {
    "another site's page": {"Origin": "https://elsewhere.example"},
    "a page on another port": {"Origin": "http://127.0.0.1:1"},
    "a page of unknown origin": {"Origin": "null"},
    "a name that was made to mean this machine": {"Host": "rebound.example", "Origin": "http://rebound.example"},
    "the same, of a browser that sends no Origin": {"Host": "rebound.example:8000"},
    "a name that is none": {"Host": "[::1"},
}


def test_only_the_addresses_of_ballots_are_open_to_who_has_their_link() -> None:
    assert needed("GET", "/v1/ballots/q7") == needed("POST", "/v1/ballots/q7/votes") == frozenset()
    assert needed("DELETE", "/v1/ballots/q7/votes/3") == needed("GET", "/v1/ballots/q7/pictures/1-0b") == frozenset()
    assert needed("POST", "/v1/ballots/translate") == {"translate"}
    assert needed("POST", "/v1/ballots/promote") == {"promote"}
    assert needed("POST", "/v1/ballots/q7/pictures/1-0b") == {"admin"}


def every_change(served: Served) -> list[tuple[str, str]]:
    """The operations of the API that change something or have something made: method and path."""
    paths: dict[str, dict[str, Any]] = served.client.get("/openapi.json").json()["paths"]
    return [
        (method.upper(), re.sub(r"\{[a-z_]+\}", "faces", path))
        for path, operations in paths.items()
        for method in operations
        if method != "get" and needed(method.upper(), path)
    ]


@pytest.mark.parametrize("case", FOREIGN)
def test_without_a_key_nothing_is_done_for_another_site_s_page(releases: Path, tmp_path: Path, case: str) -> None:
    with serve(releases, tmp_path) as served:
        changes = every_change(served)
        assert len(changes) > 10
        for method, path in changes:
            answer = served.client.request(method, path, headers=FOREIGN[case])
            assert refused(answer) == (403, "foreign_site"), (method, path)
        assert served.client.get("/v1/jobs").json()["total"] == 0
        seen = served.client.get("/v1/jobs", headers=FOREIGN[case])
        # What it is not let see by the browser may be answered; under a name of its own it would see all.
        assert seen.status_code == (403 if "Host" in FOREIGN[case] else 200)


def test_the_service_s_own_page_and_programs_may_ask_by_any_name_of_the_machine(releases: Path, tmp_path: Path) -> None:
    with serve(releases, tmp_path, origins="https://a.example") as served:
        port = served.client.base_url.port
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", "localhost:9000", f"[::1]:{port}", "127.0.0.1"):
            for headers in ({"Host": host}, {"Host": host, "Origin": f"http://{host}"}):
                assert served.client.post("/v1/faces/translate", **form(), headers=headers).status_code == 200, headers
        for headers in ({"Origin": "https://a.example"}, {"Host": "a.example", "Origin": "https://a.example"}):
            assert served.client.post("/v1/faces/translate", **form(), headers=headers).status_code == 200, headers
        promotion = served.client.post("/v1/faces/promote", json={"name": "x"}, headers={"Host": "a.example"})
        assert refused(promotion) == (403, "promotion_not_allowed")


def test_with_a_key_where_it_is_sent_from_is_all_the_same(releases: Path, tmp_path: Path) -> None:
    with serve(releases, tmp_path) as served, held(served, make_key(served, "translate")[1]):
        for headers in FOREIGN.values():
            answer = served.client.post("/v1/faces/translate", **form(), headers=headers)
            assert answer.status_code in (200, 400), answer.text


def test_the_client_and_the_command_send_their_key(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url, (_, secret) = str(served.client.base_url), make_key(served, "translate")
    with Client(url, key=secret) as client:
        assert client.translate("faces", photos.jpeg(), {"Smiling": True}, aligned=True).data
    with Client(url) as client, pytest.raises(ApiError) as refusal:
        client.job("a1")
    assert (refusal.value.code, refusal.value.status) == ("key_required", 401)
    (tmp_path / "in.jpg").write_bytes(photos.jpeg())
    line = [str(tmp_path / "in.jpg"), str(tmp_path / "out.jpg"), "--smiling", "--aligned", "--url", url]
    assert command.main(line, Settings()) == 1
    assert "Stopped: This service asks for an API key" in capsys.readouterr().err
    monkeypatch.setenv("INIT_KEY", secret)
    assert command.main(line, Settings()) == 0
    assert secret not in repr(Settings())


def test_what_was_done_is_in_the_audit_log_for_admin_alone_and_nothing_of_photos(served: Served) -> None:
    worker, admin = make_key(served, "jobs"), make_key(served, "admin")
    with held(served, worker[1]):
        files = [("images", ("ada-at-home.jpg", photos.jpeg()))]
        answer = served.client.post("/v1/jobs/translations", files=files, data={"attributes": SMILING})
        url = answer.headers["Location"]
        served.client.post(f"{url}/cancel")
        assert refused(served.client.get("/v1/audit")) == (403, "scope_required")
        assert refused(served.client.get("/v1/retention")) == (403, "scope_required")
    with held(served, admin[1]):
        assert served.client.delete(url).status_code == 204
        audit = served.client.get("/v1/audit")
        deeds = audit.json()["deeds"]
        assert [(deed["what"], deed["who"]) for deed in deeds] == [
            ("delete_job", f"tester ({admin[0]})"), ("cancel_job", f"tester ({worker[0]})"),
            ("create_job", f"tester ({worker[0]})"), ("create_key", "local"), ("create_key", "local"),
        ]  # fmt: skip
        assert {deed["subject"] for deed in deeds[:3]} == {url.rpartition("/")[2]}
        assert deeds[2]["data"] == {"kind": "translation", "photos": 1}
        assert "ada-at-home" not in audit.text
        assert "Smiling" not in audit.text
        first = served.client.get("/v1/audit", params={"limit": 2}).json()
        rest = served.client.get("/v1/audit", params={"before": first["next"], "what": "create_key"}).json()
        assert (first["deeds"], rest["deeds"], rest["next"]) == (deeds[:2], deeds[3:], None)
