"""Blind studies over real HTTP, on either set of backends: set up, voted on, removed. A test plays the worker."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from service.access.keys import Keys
from service.access.limits import Turnstile
from service.errors import ServiceError
from service.jobs.models import Job, Study, Vote
from service.jobs.translation import run_slice
from service.jobs.upkeep import retire
from service.studies.blinding import named_picture, new_seed, order_of_candidates, order_of_questions, picture_name
from service.studies.results import share, tally, wilson
from service.studies.store import Studies
from service.studies.tables import votes_table
from service.worker import study_order
from tests.service import photos
from tests.service.backends import Backends
from tests.service.releases import tiny_release
from tests.service.serving import Served, serve
from tests.service.test_faces import error_code

ADA, BOB = "ada-lovelace", "bob-of-bath"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with two releases that differ."""
    root = tmp_path_factory.mktemp("releases")
    for name, seed in (("first", 1), ("second", 2)):
        tiny_release(root, name, seed=seed, promote=name == "first")
    return root


@pytest.fixture
def served(shelf: Path, tmp_path: Path, backends: Backends) -> Iterator[Served]:
    """The application on either set of backends."""
    with serve(shelf, tmp_path, backends=backends) as served:
        yield served


@pytest.fixture(scope="module")
def refusing(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The application, in which no study is ever made."""
    with serve(shelf, tmp_path_factory.mktemp("refusing")) as served:
        yield served


def create(served: Served, *images: bytes, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    """Asks for a study of photos named 0.jpg, 1.jpg, ..."""
    data = {
        "name": "Old against new", "candidates": '["first", "second"]', "edits": '[{"Smiling": true}]',
        "aligned": "true", **fields,
    }  # fmt: skip
    files = [("images", (f"{index}.jpg", image)) for index, image in enumerate(images)]
    return served.client.post("/v1/studies", data=data, files=files, headers=headers)


def prepare(served: Served, study_id: str) -> None:
    """What a worker does, with the real engine."""
    studio = served.studio
    run_slice(
        studio.jobs, studio.files,
        lambda job, item, photo: studio.engine.translate(job.domain, photo, study_order(job, item)),
        study_id, 60, 60,
    )  # fmt: skip


def opened(served: Served, *images: bytes, **fields: Any) -> dict[str, Any]:
    """A study that can be voted on."""
    created = create(served, *(images or (photos.jpeg(), photos.jpeg(1))), **fields)
    assert created.status_code == 202, created.text
    prepare(served, created.json()["id"])
    found: dict[str, Any] = served.client.get(created.headers["Location"]).json()
    assert found["state"] == "open"
    return found


def ballots(study: dict[str, Any]) -> str:
    """The address of a study's ballots."""
    return f"/v1/ballots/{study['vote_url'].rpartition('/')[2]}"


def ballot(served: Served, study: dict[str, Any], voter: str = ADA) -> dict[str, Any]:
    """What a voter is to answer next."""
    answer = served.client.get(ballots(study), params={"voter": voter})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def vote(served: Served, study: dict[str, Any], question: int, choice: int, voter: str = ADA) -> httpx.Response:
    """One answer."""
    body = {"voter": voter, "question": question, "choice": choice}
    return served.client.post(f"{ballots(study)}/votes", json=body)


def vote_for(served: Served, study: dict[str, Any], candidate: int, voter: str = ADA) -> None:
    """Answers all questions that are left in favour of one candidate, which takes the study's seed to know."""
    row = served.studio.studies.get(study["id"]).study
    while upcoming := ballot(served, study, voter)["upcoming"]:
        number = upcoming[0]["number"]
        shown = order_of_candidates(row.seed, voter, number, len(row.candidates))
        assert vote(served, study, number, 1 + shown.index(candidate), voter).status_code == 200


def rows(table: httpx.Response) -> list[list[str]]:
    """A CSV without its first line."""
    assert table.headers["Content-Type"].startswith("text/csv")
    assert table.headers["Content-Disposition"].endswith('.csv"')
    return list(csv.reader(io.StringIO(table.text)))[1:]


def test_a_study_from_photos_to_percent(served: Served) -> None:
    created = create(served, photos.jpeg(), photos.jpeg(1))
    study = created.json()
    assert (created.status_code, created.headers["Location"]) == (202, f"/v1/studies/{study['id']}")
    assert (study["state"], study["pictures"], study["done"], study["questions"]) == ("preparing", 4, 0, 0)
    assert served.enqueued == [study["id"]]
    early = served.client.get(ballots(study), params={"voter": ADA})
    assert (early.status_code, error_code(early)) == (409, "study_not_ready")

    prepare(served, study["id"])
    study = served.client.get(created.headers["Location"]).json()
    assert (study["state"], study["done"], study["questions"], study["votes"]) == ("open", 4, 2, 0)
    assert [each["name"] for each in study["candidates"]] == ["first", "second"]
    assert study["edits"] == [{"attributes": {"Smiling": True}, "words": "Smiling"}]

    empty = served.client.get(f"/v1/studies/{study['id']}/results").json()
    assert empty["overall"]["shares"][0]["percent"] is None
    vote_for(served, study, 1, ADA)
    vote_for(served, study, 0, BOB)
    vote_for(served, study, 1, "carol-of-cork")
    results = served.client.get(f"/v1/studies/{study['id']}/results").json()
    assert (results["questions"], results["finished"]) == (2, 3)
    overall = results["overall"]
    assert (overall["voters"], overall["votes"]) == (3, 6)
    assert [(each["release"]["name"], each["votes"], each["percent"]) for each in overall["shares"]] == [
        ("first", 2, 33.33), ("second", 4, 66.67),
    ]  # fmt: skip
    assert all(each["low"] < each["percent"] < each["high"] for each in overall["shares"])
    assert results["edits"][0]["shares"] == overall["shares"]
    listed = served.client.get("/v1/studies").json()
    assert (listed["total"], listed["studies"][0]["voters"], listed["studies"][0]["votes"]) == (1, 3, 6)

    table = rows(served.client.get(f"/v1/studies/{study['id']}/results.csv"))
    assert [(row[0], row[1], row[4], row[5]) for row in table] == [
        ("Smiling", "first", "2", "33.33"), ("Smiling", "second", "4", "66.67"),
        ("all edits", "first", "2", "33.33"), ("all edits", "second", "4", "66.67"),
    ]  # fmt: skip
    votes = rows(served.client.get(f"/v1/studies/{study['id']}/votes.csv"))
    assert [(row[1], row[5]) for row in votes] == [
        ("1", "second"), ("1", "second"), ("2", "first"), ("2", "first"), ("3", "second"), ("3", "second"),
    ]  # fmt: skip
    assert {row[3] for row in votes} == {"0.jpg", "1.jpg"}
    assert ADA not in json.dumps(votes)


def test_nothing_that_a_voter_gets_names_a_candidate(served: Served) -> None:
    study = opened(served, edits='[{"Smiling": true}, {"Young": false}]')
    row = served.studio.studies.get(study["id"]).study
    found = served.client.get(ballots(study), params={"voter": ADA})
    pictures = [each for question in found.json()["upcoming"] for each in (question["photo"], *question["choices"])]
    answers = [found, vote(served, study, 0, 1), *map(served.client.get, pictures)]
    for answer in answers:
        assert answer.status_code == 200
        assert not {"x-release", "x-runtime", "server-timing", "etag", "last-modified"} & set(answer.headers)
        told = f"{answer.headers} {answer.text if 'json' in answer.headers['content-type'] else ''} {answer.url}"
        assert not any(each in told for each in ("first", "second", study["name"]))
        assert not any(each["digest"][:12] in told for each in study["candidates"])
    assert row.seed not in json.dumps([study, found.json()])

    for question in found.json()["upcoming"]:
        number, shown = question["number"], order_of_candidates(row.seed, ADA, question["number"], 2)
        photo = served.client.get(question["photo"]).content
        for address, candidate in zip(question["choices"], shown, strict=True):
            data = {
                "attributes": json.dumps(study["edits"][number % 2]["attributes"]), "aligned": "true",
                "release": study["candidates"][candidate]["digest"],
            }  # fmt: skip
            made = served.client.post("/v1/faces/translate", files={"image": ("0.jpg", photo)}, data=data)
            assert served.client.get(address).content == made.content


def test_a_picture_that_is_not_of_the_study_is_not_found(served: Served) -> None:
    study = opened(served)
    name = ballot(served, study)["upcoming"][0]["photo"].rpartition("/")[2]
    for other in (f"{name[:-1]}{'0' if name[-1] != '0' else '1'}", f"7{name[1:]}", f"9{name}"):
        answer = served.client.get(f"{ballots(study)}/pictures/{other}")
        assert (answer.status_code, error_code(answer)) == (404, "unknown_picture")
    assert error_code(served.client.get(f"{ballots(study)}x", params={"voter": ADA})) == "unknown_ballot"


def test_a_voter_has_one_vote_for_each_question_and_may_think_again(served: Served) -> None:
    study = opened(served)
    first, second = ballot(served, study)["upcoming"]
    for _ in range(2):  # sent again because the answer was lost
        after = vote(served, study, first["number"], 1).json()
    assert (after["voted"], after["last"], [each["number"] for each in after["upcoming"]]) == (
        1, first["number"], [second["number"]],
    )  # fmt: skip
    assert ballot(served, study) == after

    def counted() -> list[int]:
        overall = served.client.get(f"/v1/studies/{study['id']}/results").json()["overall"]
        return [each["votes"] for each in overall["shares"]]

    before = counted()
    assert sum(before) == 1
    vote(served, study, first["number"], 2)
    assert counted() == before[::-1]

    undone = served.client.delete(f"{ballots(study)}/votes/{first['number']}", params={"voter": ADA}).json()
    assert (undone["voted"], undone["last"], undone["upcoming"]) == (0, None, [first, second])
    assert counted() == [0, 0]
    assert ballot(served, study, BOB)["voted"] == 0

    for question, choice in ((9, 1), (first["number"], 3)):
        refused = vote(served, study, question, choice)
        assert (refused.status_code, error_code(refused)) == (404, "unknown_question")
    assert vote(served, study, 0, 5).status_code == 422
    assert vote(served, study, 0, 1, voter="a/b").status_code == 422


def test_two_votes_for_one_question_cannot_be_kept(served: Served) -> None:
    study = opened(served)
    vote(served, study, 0, 1)
    row = Vote(study_id=study["id"], voter=ADA, question=0, candidate=0, place=1, at=datetime.now(UTC))
    with pytest.raises(sa.exc.IntegrityError), served.studio.jobs.database.write() as session:
        session.add(row)


def test_photos_are_reduced_and_lose_their_metadata_and_a_bad_one_is_left_out(served: Served) -> None:
    large = photos.encoded(photos.portrait(3, (1250, 600)))
    study = opened(served, photos.turned(), b"no photo", photos.encoded(photos.portrait(), "PNG"), large)
    assert (study["photos"], study["failed"], study["questions"]) == (4, 2, 3)
    seed = served.studio.studies.get(study["id"]).study.seed
    found = [served.client.get(f"{ballots(study)}/pictures/{picture_name(seed, each, None)}") for each in (0, 2, 3)]
    assert [(each.headers["Content-Type"], photos.decoded(each.content).shape) for each in found] == [
        ("image/jpeg", (218, 178, 3)), ("image/png", (218, 178, 3)), ("image/jpeg", (492, 1024, 3)),
    ]  # fmt: skip
    assert b"the photographer" in photos.turned()
    assert b"the photographer" not in found[0].content
    none = create(served, b"no photo", b"nor this")
    assert (none.status_code, error_code(none)) == (422, "invalid_request")
    assert [group for group, _ in served.studio.blobs.groups()] == [study["id"]]


def test_photos_may_come_as_a_zip_and_no_more_than_a_job_may_have(served: Served) -> None:
    def zipped(count: int) -> dict[str, Any]:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for number in range(count):
                archive.writestr(f"{number}.jpg", photos.jpeg(number))
        return {"archive": ("photos.zip", packed.getvalue())}

    data = {"name": "Zip", "candidates": '["first", "second"]', "edits": '[{"Smiling": true}]'}
    made = served.client.post("/v1/studies", data=data, files=zipped(4))
    assert made.json()["photos"] == 4
    refused = served.client.post("/v1/studies", data=data, files=zipped(5))
    assert (refused.status_code, error_code(refused)) == (413, "too_many_images")
    assert "at most 4 photos" in refused.text


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"candidates": '["first"]'}, 422, "invalid_candidates"),
        ({"candidates": '["first", "first"]'}, 422, "invalid_candidates"),
        ({"candidates": '["1", "2", "3", "4", "5"]'}, 422, "invalid_candidates"),
        ({"candidates": "first, second"}, 422, "invalid_candidates"),
        ({"candidates": '["first", "third"]'}, 404, "unknown_release"),
        ({"edits": "[]"}, 422, "invalid_attributes"),
        ({"edits": "[{}]"}, 422, "invalid_attributes"),
        ({"edits": '[{"Hat": true}]'}, 422, "unknown_attribute"),
        ({"edits": '[{"Black_Hair": true, "Blond_Hair": true}]'}, 422, "contradictory_attributes"),
        ({"domain": "cats"}, 404, "unknown_domain"),
        ({"name": ""}, 422, "invalid_request"),
        ({"name": "a\0b"}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_studied_is_refused_and_leaves_nothing(
    refusing: Served, fields: dict[str, Any], status: int, code: str
) -> None:
    refused = create(refusing, photos.jpeg(), **fields)
    assert (refused.status_code, error_code(refused)) == (status, code)
    assert create(refusing).status_code == 422
    assert refusing.client.get("/v1/studies").json() == {"studies": [], "total": 0}
    assert list(refusing.studio.blobs.groups()) == []


def test_a_file_s_name_is_no_formula_to_a_spreadsheet() -> None:
    edit = {"Smiling": True}
    study = Study(candidates=[{"name": "first", "digest": "d" * 64}], edits=[edit], photos=1)
    given = Vote(voter=ADA, question=0, candidate=0, place=1, at=datetime(2026, 1, 1, tzinfo=UTC))
    table = votes_table(study, [given], ["=1+1.jpg"], str)
    assert list(csv.reader(io.StringIO(table)))[1] == [
        "2026-01-01T00:00:00+00:00", "1", "1", "'=1+1.jpg", str(edit), "first", "d" * 64, "1",
    ]  # fmt: skip


def test_candidates_may_be_digests_and_asking_twice_makes_one_study(served: Served) -> None:
    releases = served.client.get("/v1/faces/releases").json()["releases"]
    candidates = json.dumps([each["digest"][:12] for each in releases])
    first, again = (
        create(served, photos.jpeg(), candidates=candidates, headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert first.json()["id"] == again.json()["id"]
    assert [each["name"] for each in first.json()["candidates"]] == ["first", "second"]
    other = create(served, photos.jpeg(), headers={"Idempotency-Key": "k"}, name="Another")
    assert error_code(other) == "idempotency_conflict"


def test_a_study_outlives_other_jobs_and_goes_with_its_pictures_and_votes(served: Served) -> None:
    study = opened(served)
    vote_for(served, study, 0)
    database, studio = served.studio.jobs.database, served.studio
    with database.write() as session:
        session.execute(sa.update(Job).values(finished_at=datetime.now(UTC) - timedelta(days=3)))
    assert retire(studio.jobs, [studio.blobs], 24) == 0
    assert served.client.get("/v1/retention").json()["overdue"] == 0
    assert ballot(served, study)["voted"] == 2

    with database.write() as session:
        session.execute(sa.update(Study).values(created_at=datetime.now(UTC) - timedelta(days=91)))
    assert Studies(database).retire(studio.blobs, 92) == 0
    assert Studies(database).retire(studio.blobs, 90) == 1
    assert list(studio.blobs.groups()) == []
    assert error_code(served.client.get(f"/v1/studies/{study['id']}")) == "unknown_study"
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count(Vote.id))) == 0
    deeds = served.client.get("/v1/audit?what=create_study&what=delete_study").json()["deeds"]
    assert [(deed["what"], deed["subject"]) for deed in deeds] == [
        ("delete_study", study["id"]), ("create_study", study["id"]),
    ]  # fmt: skip
    assert deeds[1]["data"] == {"photos": 2, "edits": 1, "candidates": 2}


def test_whoever_made_it_may_remove_it_once_it_is_not_being_prepared(served: Served) -> None:
    preparing = create(served, photos.jpeg()).json()
    refused = served.client.delete(f"/v1/studies/{preparing['id']}")
    assert (refused.status_code, error_code(refused)) == (409, "job_not_finished")
    served.client.post(f"/v1/jobs/{preparing['id']}/cancel")
    assert served.client.get(f"/v1/studies/{preparing['id']}").json()["state"] == "cancelled"
    study = opened(served)
    vote_for(served, study, 0)
    for each in (preparing, study):
        assert served.client.delete(f"/v1/studies/{each['id']}").status_code == 204
    assert served.client.get("/v1/studies").json()["total"] == 0
    assert error_code(served.client.get(ballots(study), params={"voter": ADA})) == "unknown_ballot"
    assert list(served.studio.blobs.groups()) == []


def test_studies_need_a_key_and_votes_the_link_alone(shelf: Path, tmp_path: Path) -> None:
    with serve(shelf, tmp_path, host="0.0.0.0", keys_seconds=0.05) as served:
        made = {
            scope: {"X-API-Key": Keys(served.studio.jobs.database).create(scope, [scope.partition("-")[0]])[1]}
            for scope in ("jobs", "jobs-2", "translate", "admin")
        }
        assert create(served, photos.jpeg()).status_code == 401
        assert error_code(create(served, photos.jpeg(), headers=made["translate"])) == "scope_required"
        study = create(served, photos.jpeg(), headers=made["jobs"]).json()
        prepare(served, study["id"])
        for path in ("", "/results", "/results.csv", "/votes.csv"):
            address = f"/v1/studies/{study['id']}{path}"
            assert served.client.get(address).status_code == 401
            assert error_code(served.client.get(address, headers=made["jobs-2"])) == "unknown_study"
            assert served.client.get(address, headers=made["admin"]).status_code == 200
            assert served.client.get(address, headers=made["jobs"]).status_code == 200
        assert served.client.get("/v1/studies", headers=made["jobs-2"]).json()["total"] == 0
        assert vote(served, study, 0, 1).status_code == 200
        assert ballot(served, study)["voted"] == 1


def test_voters_are_counted_by_their_address(shelf: Path, tmp_path: Path) -> None:
    with serve(shelf, tmp_path, ballot_per_minute=2) as served:
        answers = [served.client.get("/v1/ballots/guess", params={"voter": ADA}) for _ in range(3)]
        assert [error_code(each) for each in answers] == ["unknown_ballot", "unknown_ballot", "rate_limited"]
        assert int(answers[2].headers["Retry-After"]) <= 30


def test_voters_are_counted_before_their_votes_are_read(shelf: Path, tmp_path: Path) -> None:
    with serve(shelf, tmp_path, ballot_per_minute=2) as served, ExitStack() as stack:
        base = served.client.base_url
        for _ in range(3):
            connection = stack.enter_context(closing(HTTPConnection(base.host, base.port, timeout=60)))
            connection.putrequest("POST", "/v1/ballots/guess/votes")
            connection.putheader("Content-Length", "9")
            connection.endheaders()  # nothing follows
        assert connection.getresponse().status == 429


def test_a_turnstile_forgets_those_who_are_quiet() -> None:
    now = [0.0]
    turnstile = Turnstile(1, lambda: now[0])
    for number in range(10_000):
        turnstile.enter(f"{number}")
    with pytest.raises(ServiceError, match="try again after 60 s"):
        turnstile.enter("7")
    now[0] = 61.0
    turnstile.enter("another")
    assert len(turnstile._uses) == 1


def test_orders_and_names_are_each_voter_s_own_and_always_the_same() -> None:
    seed, voters = new_seed(), [f"voter-{number:04}" for number in range(400)]
    orders = {tuple(order_of_candidates(seed, voter, 0, 3)) for voter in voters}
    assert len(orders) == 6
    firsts = [order_of_candidates(seed, voter, 0, 2)[0] for voter in voters]
    assert 150 < sum(firsts) < 250
    assert len({tuple(order_of_questions(seed, voter, range(5))) for voter in voters}) > 90
    assert order_of_questions(seed, voters[0], range(5)) == order_of_questions(seed, voters[0], [4, 3, 2, 1, 0])
    names = {picture_name(seed, question, each) for question in range(9) for each in (None, 0, 1)}
    assert len(names) == 27
    assert named_picture(seed, picture_name(seed, 4, 1), 2) == (4, 1)
    assert named_picture(seed, picture_name(seed, 4, None), 2) == (4, None)
    assert named_picture(new_seed(), picture_name(seed, 4, 1), 2) is None


def test_a_share_s_interval_is_wilson_s_of_as_many_votes_as_they_are_worth() -> None:
    assert wilson(0.8, 10) == pytest.approx((0.490162, 0.943318), abs=1e-6)
    apart = [(1, 1)] * 8 + [(1, 0)] * 2  # ten voters of one vote each: as if independent, but for 10/9
    assert (share(apart).votes, share(apart).part) == (8, 0.8)
    assert (share(apart).low, share(apart).high) == pytest.approx(wilson(0.8, 9), abs=1e-9)
    # Two who always disagree, four votes each: variance 8/64 * 2 = 1/4 in place of 1/32, so worth 8/8 = 1 vote.
    split = share([(4, 4), (4, 0)])
    assert (split.low, split.high) == pytest.approx((0.054621, 0.945379), abs=1e-5)
    assert (share([(5, 5), (5, 5)]).low, share([(5, 5), (5, 5)]).high) == pytest.approx(wilson(1.0, 10), abs=1e-9)


def test_shares_add_up() -> None:
    given = [("a", 0), ("a", 2), ("b", 2), ("b", 2), ("c", 1)]
    counted = tally(given, 4)
    assert (counted.voters, counted.votes) == (3, 5)
    assert [each.votes for each in counted.shares] == [1, 1, 3, 0]
    assert sum(each.part or 0 for each in counted.shares) == pytest.approx(1)
    assert tally([], 2).shares[0].part is None
