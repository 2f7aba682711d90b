"""Jobs as rows: leases, losing and finding them, retention, and the tables that the migrations make."""

import io
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service.errors import ServiceError
from service.jobs import store as store_module
from service.jobs.database import Database
from service.jobs.models import Base, Event, Item, Job
from service.jobs.photos import Ended
from service.jobs.seats import Seats
from service.jobs.store import JobStore, event_number
from service.jobs.upkeep import reconcile, retire
from service.jobs.wanted import Upload, Wanted
from service.storage import BlobStore, FolderStore

OLD_JOB = {
    "id": "a1", "kind": "translation", "domain": "faces", "state": "running", "attributes": '{"Smiling": true}',
    "total": 3, "enqueued_at": datetime(2026, 1, 1), "created_at": datetime(2026, 1, 1),
}  # fmt: skip
OLDEST = {"jobs": tuple(OLD_JOB), "items": ("job_id", "index", "filename", "state", "attempts")}


class Clock:
    """Time that only moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        """Moves on."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    """A clock at rest."""
    return Clock()


@pytest.fixture
def store(database: Database, clock: Clock) -> JobStore:
    """Jobs that see the clock."""
    return JobStore(database, clock)


def create(store: JobStore, job_id: str = "a1", photos: int = 2, priority: int = 0) -> Job:
    """A queued job."""
    uploads = [Upload(f"{index}.jpg", f"{job_id}/s{index}") for index in range(photos)]
    return store.create(job_id, Wanted("faces", {"Smiling": True}, priority=priority), uploads)


def test_a_job_is_kept_as_it_was_made(store: JobStore, clock: Clock) -> None:
    create(store)
    job, items = store.get("a1"), store.photos.list("a1", -1, 10)
    assert (job.state, job.total, job.done, job.failed) == ("queued", 2, 0, 0)
    assert (job.attributes, job.created_at) == ({"Smiling": True}, clock.now)
    assert [(item.index, item.filename, item.state) for item in items] == [
        (0, "0.jpg", "queued"), (1, "1.jpg", "queued"),
    ]  # fmt: skip


def test_one_worker_at_a_time_has_a_job(store: JobStore) -> None:
    create(store)
    first = store.take("a1", 30)
    assert first
    assert store.take("a1", 30) is None
    store.release("a1", first)
    assert store.take("a1", 30)


def test_a_lease_that_is_not_renewed_can_be_taken_over_and_its_old_owner_has_no_say(
    store: JobStore, clock: Clock
) -> None:
    create(store)
    old = store.take("a1", 30)
    clock.forward(20)
    assert old
    assert store.renew("a1", old, 30) == "running"
    clock.forward(20)
    assert store.take("a1", 30) is None
    clock.forward(20)
    new = store.take("a1", 30)
    assert new
    assert store.renew("a1", old, 30) is None
    store.end("a1", old, "failed")
    assert store.get("a1").state == "running"
    store.end("a1", new, "succeeded")
    assert store.get("a1").state == "succeeded"


def test_lost_jobs_are_enqueued_again_and_others_left_alone(store: JobStore, clock: Clock) -> None:
    for job_id in ("waiting", "held", "dropped", "done"):
        create(store, job_id)
    held, done = store.take("held", 600), store.take("done", 600)
    store.take("dropped", 10)
    assert held
    assert done
    store.end("done", done, "succeeded")
    enqueued: list[str] = []
    clock.forward(5)
    assert reconcile(store, lambda job: enqueued.append(job.id), 30) == 0
    clock.forward(30)
    assert reconcile(store, lambda job: enqueued.append(job.id), 30) == 2
    assert sorted(enqueued) == ["dropped", "waiting"]
    assert reconcile(store, lambda job: enqueued.append(job.id), 30) == 0


def test_a_queued_job_is_cancelled_at_once_a_running_one_is_asked_and_an_ended_one_refuses(store: JobStore) -> None:
    create(store, "a1")
    assert store.cancel("a1").state == "cancelled"
    create(store, "b2")
    owner = store.take("b2", 30)
    assert owner
    assert store.cancel("b2").state == store.cancel("b2").state == "cancelling"
    store.end("b2", owner, "cancelled")
    with pytest.raises(ServiceError, match="already cancelled"):
        store.cancel("b2")
    with pytest.raises(ServiceError, match="no such job"):
        store.cancel("c3")


def worker(store: JobStore, job_id: str = "a1") -> "Worker":
    """One that has a job."""
    owner = store.take(job_id, 600)
    assert owner
    return Worker(store, job_id, owner)


@dataclass
class Worker:
    """Whoever has the lease on a job."""

    store: JobStore
    job_id: str
    owner: str

    def begin(self, most: int = 1, besides: Sequence[Item] = ()) -> list[Item]:
        """Begins photos; their rows."""
        ids = [item.id for item in besides]
        return list(self.store.photos.turn(self.job_id, self.owner, 600, [], most, ids)[1])

    def end(self, *items: Item, **values: object) -> str | None:
        """Puts down what became of photos; the job's state."""
        return self.store.photos.turn(self.job_id, self.owner, 600, [Ended(item, values) for item in items], 0)[0]


def test_what_became_of_a_photo_is_recorded_once(store: JobStore) -> None:
    create(store)
    one = worker(store)
    (item,) = one.begin()
    assert item.attempts == 1
    one.end(item, state="done", result="a1/r0")
    one.end(item, item, state="failed", error="too late")
    job = store.get("a1")
    assert (job.done, job.failed, store.photos.get("a1", 0).error) == (1, 0, None)
    assert [event_number(each) for each in store.news("a1", 0, 10)] == [1]


def test_the_most_urgent_job_is_next_and_those_of_the_same_urgency_take_turns(store: JobStore, clock: Clock) -> None:
    for job_id, priority in (("low", -1), ("one", 0), ("two", 0)):
        create(store, job_id, priority=priority)
        clock.forward(1)
    turns = []
    for turn in range(5):
        if turn == 3:
            create(store, "high", priority=1)
        chosen = store.next("translation", domains=["faces"])
        assert chosen
        turns.append(chosen)
        owner = store.take(chosen, 30)
        assert owner
        clock.forward(1)
        store.release(chosen, owner)
    assert turns == ["one", "two", "one", "high", "high"]
    assert store.next("translation", domains=["seasons"]) is None
    assert store.next("training", domains=["faces"]) is None
    assert store.take("high", 30)
    assert store.next("translation", domains=["faces"]) == "two"


def test_how_long_it_takes_is_reckoned_from_the_time_in_which_there_was_work(store: JobStore, clock: Clock) -> None:
    for job_id, photos in (("a1", 10), ("a2", 4)):
        create(store, job_id, photos)
        one = worker(store, job_id)
        for item in one.begin(10 if job_id == "a1" else 2):
            clock.forward(2)
            one.end(item, state="done")
        if job_id == "a1":
            store.end(job_id, one.owner, "succeeded")
            clock.forward(200)  # in which nobody asks for anything
    assert store.queue(store.get("a2")).seconds == 2 * 2


def test_events_are_numbered_on_when_photos_are_tried_again(store: JobStore) -> None:
    create(store, photos=2)
    one = worker(store)
    for item in one.begin(2):
        one.end(item, state="failed" if item.index else "done", error=None)
    store.end("a1", one.owner, "succeeded")
    store.retry("a1")
    one = worker(store)
    (item,) = one.begin(2)
    assert item.index == 1
    one.end(item, state="done")
    assert [event_number(each) for each in store.news("a1", 0, 10)] == [1, 3]


def test_what_a_job_tells_of_comes_in_order_with_how_far_it_is(store: JobStore) -> None:
    store.create("t1", Wanted("faces", kind="training", options={"preset": "faces/init"}), [])
    store.tell("t1", "losses", {"generator": 0.5}, {"step": 10})
    store.tell("t1", "note", {"text": "halfway"})
    store.tell("gone", "note", {"text": "nobody is there"})
    job = store.get("t1")
    assert (job.kind, job.options, job.progress, job.events) == ("training", {"preset": "faces/init"}, {"step": 10}, 2)
    told = store.news("t1", 0, 10)
    assert [(each.name, each.data) for each in told if isinstance(each, Event)] == [
        ("losses", {"generator": 0.5}), ("note", {"text": "halfway"}),
    ]  # fmt: skip
    assert [event_number(each) for each in store.news("t1", 1, 10)] == [2]


def test_tables_are_brought_up_to_date_from_every_revision(tmp_path: Path) -> None:
    for revision in ("0001", "0002", "0003"):
        database = Database(f"sqlite:///{tmp_path / revision}.db")
        database.migrate(revision)
        jobs, items = (sa.table(name, *map(sa.column, columns)) for name, columns in OLDEST.items())
        with database.write() as session:
            session.execute(sa.insert(jobs).values(OLD_JOB))
            for index, state in enumerate(("done", "queued", "failed")):
                session.execute(
                    sa.insert(items).values(job_id="a1", index=index, filename="x", state=state, attempts=1)
                )
        database.migrate()
        store = JobStore(database)
        assert [(job.id, job.kind, job.done, job.failed) for job in store.list(9, 0)[0]] == [
            ("a1", "translation", 1, 1)
        ]
        if revision in ("0001", "0002"):
            assert [event_number(each) for each in store.news("a1", 0, 9)] == [1, 2]
        one = worker(store)
        one.end(*one.begin(2), state="done")
        assert store.get("a1").done == 2
        database.close()


def test_jobs_that_only_wait_for_their_turn_are_not_enqueued_again_and_again(store: JobStore, clock: Clock) -> None:
    for number in range(3):
        create(store, f"a{number}")
    clock.forward(31)
    enqueued: list[str] = []
    assert reconcile(store, lambda job: enqueued.append(job.id), 30, lambda kind: 2) == 1
    clock.forward(31)
    assert reconcile(store, lambda job: enqueued.append(job.id), 30, lambda kind: 3) == 0
    assert enqueued == ["a2"]


def test_a_study_whose_message_was_lost_is_enqueued_again_while_bulk_jobs_wait(store: JobStore, clock: Clock) -> None:
    store.create("s1", Wanted("faces", kind="study"), [Upload("a.jpg", "s1/a")])
    clock.forward(1)
    create(store, "a1")
    clock.forward(31)
    enqueued: list[str] = []
    queue = {"translation": "edits", "study": "edits"}
    assert reconcile(store, lambda job: enqueued.append(job.id), 30, lambda name: 1, queue.__getitem__) == 1
    assert len(enqueued) == 1, "two jobs, one message"
    assert store.next("translation", "study") == "s1", "and whichever message comes first is its"
    clock.forward(31)
    assert reconcile(store, lambda job: enqueued.append(job.id), 30, lambda name: 2, queue.__getitem__) == 0


def test_ended_jobs_go_with_their_photos_and_stray_photos_go_too(
    store: JobStore, clock: Clock, blobs: BlobStore
) -> None:
    for job_id in ("a1", "b2"):
        create(store, job_id)
    for group in ("a1", "b2", "c3"):
        blobs.write(f"{group}/s0", io.BytesIO(b"photo"))
    store.cancel("a1")
    clock.forward(3600 * 25)
    assert retire(store, [blobs], 24, lambda: time.time() + 3600 * 25) == 2
    assert [group for group, _ in blobs.groups()] == ["b2"]
    assert [job.id for job in store.list(10, 0)[0]] == ["b2"]


def test_the_run_of_a_training_goes_with_its_job_and_that_of_one_that_runs_stays(
    store: JobStore, clock: Clock, blobs: BlobStore, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    for job_id in ("ended", "running"):
        store.create(job_id, Wanted("faces", kind="training"), [])
        (runs / job_id / "run" / "samples").mkdir(parents=True)
        (runs / job_id / "run" / "checkpoint.safetensors").write_bytes(b"weights")
    (runs / "stray").mkdir()
    store.cancel("ended")
    assert store.take("running", 600)
    assert retire(store, [blobs, FolderStore(runs)], 24) == 0
    clock.forward(3600 * 25)
    assert retire(store, [blobs, FolderStore(runs)], 24, lambda: time.time() + 3600 * 25) == 2
    assert [path.name for path in runs.iterdir()] == ["running"]
    assert [path.name for path in (runs / "running" / "run").glob("*.safetensors")] == ["checkpoint.safetensors"]


def with_key(store: JobStore, job_id: str, uploads: Iterable[Upload]) -> Job:
    """A job that is asked for with a key of its own."""
    return store.create(job_id, Wanted("faces", idempotency_key="k", fingerprint="f"), uploads)


def test_who_dies_while_a_job_is_made_leaves_its_key_to_the_next(
    store: JobStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "WAITED_SECONDS", 0)
    wanted = Wanted("faces", idempotency_key="k", fingerprint="f")
    assert store._begin("a1", wanted)
    kept = store._kept("a1", [Upload(f"{name}.jpg", name) for name in "abc"])
    for _ in range(2):
        next(kept)
        clock.forward(50)  # of a minute, but it has been said in between that it is alive
    with pytest.raises(ServiceError, match="still being taken in") as told:
        store.made_with(wanted)
    assert told.value.retry_after
    clock.forward(11)
    assert with_key(store, "b2", [Upload("c.jpg", "b2/c")]).id == "b2"
    assert store.find("a1") is None
    assert with_key(store, "c3", []).id == "b2"


def test_what_is_left_of_a_job_whose_maker_died_goes_in_time(store: JobStore, clock: Clock) -> None:
    assert store._begin("a1", Wanted("faces"))
    assert list(store.remove_ended(24)) == []
    clock.forward(61)
    assert list(store.remove_ended(24)) == [], "who is only slow goes on"
    clock.forward(3600 * 24)
    assert list(store.remove_ended(24)) == ["a1"]


@pytest.mark.parametrize("late", [False, True], ids=["before its photos", "after them"])
def test_who_was_taken_for_dead_is_told_to_ask_again(store: JobStore, clock: Clock, late: bool) -> None:
    def slowly() -> Iterator[Upload]:
        if late:
            yield Upload("a.jpg", "a1/a")
        clock.forward(61)
        assert with_key(store, "b2", []).id == "b2"
        if not late:
            yield Upload("a.jpg", "a1/a")

    with pytest.raises(ServiceError, match="send the request again") as told:
        with_key(store, "a1", slowly())
    assert told.value.problem.status == 503
    assert store.find("a1") is None


def test_a_job_that_another_request_is_making_is_waited_for(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> Iterator[Upload]:
        begun.set()
        assert go_on.wait(60)
        yield Upload("a.jpg", "a1/a")

    seen = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: go_on.set())  # the second has seen the first
    monkeypatch.setattr("service.jobs.store.time", seen)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(with_key, store, "a1", slowly())
        assert begun.wait(60)
        second = pool.submit(with_key, store, "b2", [])
        assert first.result().id == second.result().id == "a1"
        assert second.result().total == 1


def test_the_migrations_make_the_tables_that_the_models_want(database: Database) -> None:
    with database.read() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_many_may_migrate_at_once(tmp_path: Path) -> None:
    def migrate(_: int) -> None:
        database = Database(f"sqlite:///{tmp_path / 'new.db'}")
        database.migrate()
        database.check()
        database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, range(4)))


def test_a_new_file_that_another_writes_to_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(tmp_path / "new.db", isolation_level=None)) as other:
        other.executescript("CREATE TABLE other (id); BEGIN IMMEDIATE")
        waits = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: other.execute("COMMIT"))
        monkeypatch.setattr("service.jobs.database.time", waits)
        database = Database(f"sqlite:///{tmp_path / 'new.db'}")
        database.migrate()
        database.close()
        assert not other.in_transaction


def test_writers_wait_for_one_another(store: JobStore) -> None:
    jobs = [f"a{number}" for number in range(4)]
    for job_id in jobs:
        create(store, job_id, photos=10)

    def work(job_id: str) -> None:
        one = worker(store, job_id)
        while begun := one.begin():
            one.end(*begun, state="done")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, jobs))
    assert [store.get(job_id).done for job_id in jobs] == [10] * 4


def test_several_are_begun_at_once_and_one_that_was_begun_before_alone(store: JobStore) -> None:
    create(store, photos=6)
    one = worker(store)
    first = one.begin(2)
    more = one.begin(2, besides=first)
    assert [item.index for item in (*first, *more)] == [0, 1, 2, 3]
    one.end(more[0], state="done")
    assert one.end(more[1], state="failed", error="bad") == "running"
    assert [item.index for item in one.begin(4)] == [0], "it may have ended its worker"
    assert [item.attempts for item in store.photos.list("a1", -1, 9)] == [2, 1, 1, 1, 0, 0]
    assert one.begin(4, besides=first[:1]) == [], "the other one that may have is waited for"
    store.photos.hand_back(first[:1])
    assert store.photos.get("a1", 0).attempts == 1


def test_of_a_lost_lease_only_what_has_ended_is_put_down(store: JobStore, clock: Clock) -> None:
    create(store)
    old = worker(store)
    (item,) = old.begin()
    clock.forward(601)
    new = worker(store)
    assert old.end(item, state="done") is None
    assert old.begin() == []
    assert [item.index for item in new.begin(2)] == [1]
    assert store.photos.turn("gone", "nobody", 60, [], 1) == (None, [])


def test_of_an_hour_that_is_put_back_nothing_is_waited_for(store: JobStore, clock: Clock, database: Database) -> None:
    seats = Seats(database, clock)
    for job_id in ("held", "waiting"):
        create(store, job_id)
    assert store.take("held", 30)
    assert seats.claim(["here/0"], 30)
    clock.forward(-3600)
    enqueued: list[str] = []
    assert reconcile(store, lambda job: enqueued.append(job.id), 30) == 2
    assert sorted(enqueued) == ["held", "waiting"]
    assert store.next("translation", domains=["faces"])
    assert store.take("held", 30)
    assert store.take("held", 30) is None, "whose clock is right has it"
    assert seats.claim(["here/0"], 30)
    assert seats.claim(["here/0"], 30) is None
    assert reconcile(store, lambda job: enqueued.append(job.id), 30) == 0


def test_of_an_hour_that_is_put_forward_whoever_works_goes_on(store: JobStore, clock: Clock) -> None:
    create(store)
    one = worker(store)
    begun = one.begin(2)
    clock.forward(3600)
    assert one.end(*begun, state="done") == "running", "nobody else has taken it meanwhile"
    assert store.take("a1", 30) is None
    assert store.remove_ended(24) == []
