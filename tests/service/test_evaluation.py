"""Evaluation jobs: how they run, stop and fail; what they write down; that drops are flagged."""

import errno
import logging
from collections.abc import Callable

import pytest

from service.errors import ServiceError
from service.jobs.database import Database
from service.jobs.evaluation import MAX_ATTEMPTS, Found, run_evaluation
from service.jobs.models import Event, Job
from service.jobs.scores import ScoreBook
from service.jobs.store import JobStore
from service.jobs.wanted import Wanted

Tell = Callable[[int, int], None]
LEASE = 60.0


@pytest.fixture
def book(database: Database) -> ScoreBook:
    """No scores."""
    return ScoreBook(database)


def metric(value: float, half: float = 0.01) -> dict[str, float]:
    """A metric as evaluations write it."""
    return {"value": value, "low": value - half, "high": value + half}


def found(accuracy: float = 0.8, digest: str = "a" * 64, predecessor: str | None = None) -> Found:
    """What an evaluation finds."""
    return Found("mine", digest, {"accuracy": metric(accuracy)}, "r" * 64, predecessor, {"photos": 30})


@pytest.fixture
def job(store: JobStore) -> Job:
    """An evaluation, queued."""
    return store.create("job", Wanted("faces", kind="evaluation"), [])


def test_a_score_is_written_down_and_progress_told(store: JobStore, book: ScoreBook, job: Job) -> None:
    def score(job: Job, tell: Tell) -> Found:
        tell(3, 9)
        return found()

    run_evaluation(store, book, score, job.id, LEASE)
    ended = store.get(job.id)
    assert (ended.state, ended.error, ended.release_name) == ("succeeded", None, "mine")
    assert ended.outcome == {
        "metrics": {"accuracy": metric(0.8)}, "dropped": {}, "reference": "r" * 64, "photos": 30,
    }  # fmt: skip
    (row,) = book.list("faces", 10)
    assert (row.job_id, row.release, row.digest, row.metrics) == (
        "job", "mine", "a" * 64, {"accuracy": metric(0.8)},
    )  # fmt: skip
    assert [event.name for event in store.news(job.id, 0, 10) if isinstance(event, Event)] == ["progress"]
    run_evaluation(store, book, score, job.id, LEASE)
    assert len(book.list("faces", 10)) == 1, "what has ended is not done again"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("There are 3 photos."), "There are 3 photos."),
        (ServiceError("no_reference", "Name a folder."), "Name a folder."),
        (OSError(errno.ENOSPC, "full"), "no room left"),
        (RuntimeError("a kernel"), "its log says why"),
    ],
)
def test_a_job_that_cannot_be_done_fails_with_a_sentence(
    store: JobStore, book: ScoreBook, job: Job, error: Exception, sentence: str
) -> None:
    def score(job: Job, tell: Tell) -> Found:
        raise error

    run_evaluation(store, book, score, job.id, LEASE)
    ended = store.get(job.id)
    assert ended.state == "failed"
    assert sentence in str(ended.error)
    assert not book.list("faces", 10)


def test_a_job_that_is_cancelled_stops_and_scores_nothing(store: JobStore, book: ScoreBook, job: Job) -> None:
    def score(job: Job, tell: Tell) -> Found:
        store.cancel(job.id)
        while True:
            tell(1, 9)

    run_evaluation(store, book, score, job.id, LEASE)
    assert store.get(job.id).state == "cancelled"
    assert not book.list("faces", 10)


def test_a_worker_that_is_told_to_end_hands_it_back_without_blame(store: JobStore, book: ScoreBook, job: Job) -> None:
    def end(job: Job, tell: Tell) -> Found:
        raise SystemExit

    for _ in range(MAX_ATTEMPTS + 1):
        with pytest.raises(SystemExit):
            run_evaluation(store, book, end, job.id, LEASE)
    run_evaluation(store, book, lambda job, tell: found(), job.id, LEASE)
    assert store.get(job.id).state == "succeeded"


def test_one_that_kills_its_worker_is_given_up(store: JobStore, book: ScoreBook, job: Job) -> None:
    store.tell(job.id, "progress", {}, {"attempts": MAX_ATTEMPTS})
    run_evaluation(store, book, lambda job, tell: found(), job.id, LEASE)
    ended = store.get(job.id)
    assert (ended.state, "several times" in str(ended.error)) == ("failed", True)


def add(book: ScoreBook, job_id: str, what: Found) -> dict[str, object]:
    """Adds a score; what dropped."""
    release = (what.name, what.digest)
    return book.add(job_id, "faces", release, what.metrics, what.reference, what.predecessor).dropped


def test_a_drop_against_its_own_first_score_is_flagged_until_it_is_made_good(
    book: ScoreBook, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert [add(book, "1", found(0.8)), add(book, "2", found(0.79))] == [{}, {}]
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        dropped = [add(book, job, found(accuracy)) for job, accuracy in (("3", 0.78), ("4", 0.78), ("5", 0.8))]
    was = {"accuracy": {**metric(0.8), "release": "mine@aaaaaaaaaaaa"}}
    assert dropped == [was, was, {}]
    assert "The accuracy of faces mine has dropped: 0.78 [0.77, 0.79]" in caplog.text


def test_so_is_one_against_the_predecessor_on_the_same_photos(book: ScoreBook) -> None:
    add(book, "1", found(0.9, "b" * 64))
    other = Found("mine", "b" * 64, {"accuracy": metric(0.99)}, "s" * 64, None, {})
    add(book, "2", other)
    assert add(book, "3", found(0.8)) == {}, "it does not serve in its place"
    assert add(book, "4", found(0.8, predecessor="b" * 64)) == {
        "accuracy": {**metric(0.9), "release": "mine@bbbbbbbbbbbb"}
    }


def test_a_job_has_one_score_however_often_it_was_begun(book: ScoreBook) -> None:
    add(book, "1", found(0.8))
    add(book, "1", found(0.7))
    assert [row.metrics["accuracy"]["value"] for row in book.list("faces", 10)] == [0.8]
