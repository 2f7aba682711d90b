"""A bulk job's slices: a bad photo fails alone, a killed worker loses nothing, a poisonous photo is given up."""

import contextlib
import errno
import io
import json
import shutil
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore.exceptions import EndpointConnectionError
from sqlalchemy import text

from service.engine.orders import Edit
from service.errors import ServiceError
from service.jobs.archive import stream_zip
from service.jobs.database import Database
from service.jobs.files import Files
from service.jobs.models import Item, Job
from service.jobs.store import JobStore
from service.jobs.translation import MAX_ATTEMPTS, Outcome, run_slice
from service.jobs.wanted import Upload, Wanted
from service.routes.problems import as_service_error
from service.storage import KEPT_FREE, BlobStore, FolderStore
from training.domains import FACES
from training.images import ImageError
from training.release import Release

RELEASE = Release(Path(), FACES, "tiny", "d" * 64, (8, 8))


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


class Translate:
    """Upper-cases text in place of editing photos; `hooks` by photo happen before."""

    def __init__(self, hooks: dict[bytes, Callable[[], object]] | None = None) -> None:
        self.edited: Counter[bytes] = Counter()
        self.hooks = hooks or {}

    def __call__(self, job: Job, item: Item, photo: bytes) -> Edit:
        if hook := self.hooks.get(photo):
            hook()
        self.edited[photo] += 1
        return Edit(photo.upper(), "png", RELEASE, "none")


def fail(error: BaseException) -> Callable[[], None]:
    """A hook that raises."""

    def hook() -> None:
        raise error

    return hook


@pytest.fixture
def job(store: JobStore, blobs: BlobStore) -> str:
    """A job of three photos."""
    uploads = [Upload(f"{name}.jpg", f"a1/{name}") for name in ("one", "two", "three")]
    for upload in uploads:
        blobs.write(str(upload.source), io.BytesIO(upload.filename.encode()))
    return store.create("a1", Wanted("faces", {}), uploads).id


def run(
    store: JobStore,
    blobs: BlobStore,
    translate: Translate,
    seconds: float = 60,
    lease: float = 60,
    photos: int = 1,
) -> Outcome:
    """One slice."""
    return run_slice(store, Files(blobs), translate, "a1", lease, seconds, photos)


def contents(store: JobStore, blobs: BlobStore) -> dict[str, bytes]:
    """What the job's zip holds, without the manifest."""
    archive = zipfile.ZipFile(io.BytesIO(b"".join(stream_zip(store.get("a1"), store, Files(blobs)))))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}


def test_all_photos_are_edited_once(store: JobStore, blobs: BlobStore, job: str) -> None:
    translate = Translate()
    assert run(store, blobs, translate) is Outcome.OVER
    ended = store.get(job)
    assert (ended.state, ended.done, ended.failed, ended.release_name) == ("succeeded", 3, 0, "tiny")
    assert ended.finished_at
    assert ended.lease_owner is None
    assert set(translate.edited.values()) == {1}
    assert contents(store, blobs) == {
        "0001-one.png": b"ONE.JPG", "0002-two.png": b"TWO.JPG", "0003-three.png": b"THREE.JPG",
    }  # fmt: skip


def test_a_bad_photo_fails_alone(store: JobStore, blobs: BlobStore, job: str) -> None:
    translate = Translate({b"two.jpg": fail(ImageError("not_an_image", "Not an image."))})
    run(store, blobs, translate)
    ended, second = store.get(job), store.photos.get(job, 1)
    assert (ended.state, ended.done, ended.failed) == ("succeeded", 2, 1)
    assert (second.state, second.error) == ("failed", "Not an image.")


def test_a_job_of_bad_photos_alone_fails(store: JobStore, blobs: BlobStore, job: str) -> None:
    error = ImageError("not_an_image", "Not an image.")
    run(store, blobs, Translate(dict.fromkeys((b"one.jpg", b"two.jpg", b"three.jpg"), fail(error))))
    ended = store.get(job)
    assert (ended.state, ended.error) == ("failed", "None of the photos could be edited.")


def test_slices_take_turns(store: JobStore, blobs: BlobStore, job: str) -> None:
    other = Translate()
    assert run(store, blobs, other, seconds=0) is Outcome.MORE
    assert store.get(job).state == "running"
    assert run(store, blobs, other) is Outcome.OVER
    assert store.get(job).state == "succeeded"


def test_a_killed_worker_s_job_is_finished_by_another_with_each_photo_once(
    store: JobStore, blobs: BlobStore, job: str
) -> None:
    killed = Translate({b"two.jpg": fail(Killed())})
    with pytest.raises(Killed):
        run(store, blobs, killed, lease=0)
    assert (store.get(job).state, store.get(job).done) == ("running", 1)
    rescuer = Translate()
    assert run(store, blobs, rescuer) is Outcome.OVER
    assert killed.edited + rescuer.edited == Counter([b"one.jpg", b"two.jpg", b"three.jpg"])
    assert len(contents(store, blobs)) == 3


def test_a_photo_that_kills_every_worker_is_given_up(store: JobStore, blobs: BlobStore, job: str) -> None:
    poison = Translate({b"two.jpg": fail(Killed())})
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(Killed):
            run(store, blobs, poison, lease=0)
    assert run(store, blobs, poison) is Outcome.OVER
    ended = store.get(job)
    assert (ended.state, ended.done, ended.failed) == ("succeeded", 2, 1)
    assert "stopped the worker" in str(store.photos.get(job, 1).error)


def test_several_photos_are_in_work_at_once_and_each_is_edited_once(
    store: JobStore, blobs: BlobStore, job: str
) -> None:
    together = threading.Barrier(3, timeout=60)
    translate = Translate(dict.fromkeys((b"one.jpg", b"two.jpg", b"three.jpg"), together.wait))
    assert run(store, blobs, translate, photos=3) is Outcome.OVER
    assert (store.get(job).state, store.get(job).done) == ("succeeded", 3)
    assert set(translate.edited.values()) == {1}
    assert len(contents(store, blobs)) == 3


def test_no_more_photos_are_in_work_than_allowed(store: JobStore, blobs: BlobStore, job: str) -> None:
    working: list[int] = []
    most: list[int] = []

    def enter() -> None:
        working.append(1)
        most.append(len(working))
        time.sleep(0.02)
        working.pop()

    run(store, blobs, Translate(dict.fromkeys((b"one.jpg", b"two.jpg", b"three.jpg"), enter)), photos=2)
    assert max(most) <= 2


def test_whoever_was_in_work_beside_a_photo_that_kills_workers_is_not_given_up_with_it(
    store: JobStore, blobs: BlobStore, job: str
) -> None:
    # Its neighbours are never done before it has killed the worker, unless it is not in work.
    poisonous = threading.Event()

    def kill() -> None:
        poisonous.set()
        raise Killed

    neighbours = dict.fromkeys((b"one.jpg", b"three.jpg"), lambda: poisonous.wait(0.2) and fail(Killed())())
    for _ in range(2 * MAX_ATTEMPTS):
        poisonous.clear()
        with contextlib.suppress(Killed):
            if run(store, blobs, Translate({b"two.jpg": kill, **neighbours}), lease=0, photos=3) is Outcome.OVER:
                break
    assert [item.state for item in store.photos.list(job, -1, 9)] == ["done", "failed", "done"]
    assert "stopped the worker" in str(store.photos.get(job, 1).error)


@pytest.mark.parametrize(("code", "state"), [("no_face", "failed"), ("model_not_ready", "queued")])
def test_only_what_is_the_photo_s_own_fault_fails_it(
    store: JobStore, blobs: BlobStore, job: str, code: str, state: str
) -> None:
    translate = Translate({b"one.jpg": fail(ServiceError(code))})
    with contextlib.suppress(ServiceError):
        run(store, blobs, translate)
    assert store.photos.get(job, 0).state == state


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_fails_the_job_with_a_sentence_and_it_goes_on_when_there_is_room(
    store: JobStore, blobs: BlobStore, job: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(key: str, source: object) -> None:
        raise OSError(code, "no room")

    first = Translate()
    with monkeypatch.context() as patched:
        patched.setattr(blobs, "write", full)
        assert run(store, blobs, first) is Outcome.OVER
    failed = store.get(job)
    assert (failed.state, failed.done, failed.lease_owner) == ("failed", 0, None)
    assert "no room" in str(failed.error)
    store.retry(job)
    assert run(store, blobs, Translate()) is Outcome.OVER
    assert (store.get(job).state, store.get(job).done) == ("succeeded", 3)


def test_a_bucket_that_is_away_is_nobody_s_fault_and_what_was_edited_before_stands(
    store: JobStore, blobs: BlobStore, job: str
) -> None:
    away = Translate({b"two.jpg": fail(EndpointConnectionError(endpoint_url="http://s3"))})
    for _ in range(2 * MAX_ATTEMPTS):
        with pytest.raises(EndpointConnectionError):
            run(store, blobs, away, lease=0)
    assert [item.state for item in store.photos.list(job, -1, 9)] == ["done", "queued", "queued"]
    assert run(store, blobs, Translate()) is Outcome.OVER
    assert (store.get(job).state, store.get(job).done) == ("succeeded", 3)


def test_where_results_may_not_go_the_photos_fail_with_a_sentence(
    store: JobStore, blobs: BlobStore, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Files, "write", lambda *_: fail(ServiceError("folder_not_allowed"))())
    assert run(store, blobs, Translate()) is Outcome.OVER
    assert (store.get(job).state, store.get(job).failed) == ("failed", 3)
    assert "Jobs may not use this folder" in str(store.photos.get(job, 0).error)


def test_a_photo_that_is_no_longer_stored_fails_alone(
    store: JobStore, blobs: BlobStore, job: str, tmp_path: Path
) -> None:
    blobs.remove_group("a1")
    blobs.write("a1/two", io.BytesIO(b"two.jpg"))
    assert run(store, blobs, Translate()) is Outcome.OVER
    assert (store.get(job).state, store.get(job).done, store.get(job).failed) == ("succeeded", 1, 2)
    assert "no longer stored" in str(store.photos.get(job, 0).error)


def test_of_a_result_that_was_taken_away_the_zip_says_so_and_has_the_others(tmp_path: Path, store: JobStore) -> None:
    files = Files(FolderStore(tmp_path / "blobs"), [str(tmp_path)])
    (tmp_path / "out").mkdir()
    for name in ("one", "two"):
        files.blobs.write(f"a1/{name}", io.BytesIO(name.encode()))
    wanted = Wanted("faces", {}, format="png", options={"into": str(tmp_path / "out")})
    store.create("a1", wanted, [Upload(f"{name}.jpg", f"a1/{name}") for name in ("one", "two")])
    assert run_slice(store, files, Translate(), "a1", 60, 60) is Outcome.OVER
    (tmp_path / "out" / "one.jpg.png").unlink()
    archive = zipfile.ZipFile(io.BytesIO(b"".join(stream_zip(store.get("a1"), store, files))))
    assert archive.testzip() is None
    assert archive.namelist() == ["0002-two.png", "manifest.json"]
    gone, there = json.loads(archive.read("manifest.json"))["photos"]
    assert (gone["file"], there["file"], there["error"]) == (None, "0002-two.png", None)
    assert gone["error"] == "The edited photo, one.jpg.png, is no longer where it was put."
    shutil.rmtree(tmp_path / "out")  # as a disk that is away: whoever asks is to ask again
    with pytest.raises(ServiceError, match="There is no folder"):
        list(stream_zip(store.get("a1"), store, files))


def test_a_full_disk_of_the_database_is_told_as_one(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'studio.db'}")
    database.migrate()
    store = JobStore(database)
    store.create("a1", Wanted("faces"), [Upload("a.jpg", "a1/a")])
    with database.read() as session:  # the one connection there is
        pages = session.scalar(text("PRAGMA page_count"))
        session.execute(text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(OSError, match="full") as told:
        store.create("b2", Wanted("faces"), [Upload("x" * 255, "y" * 4096) for _ in range(100)])
    assert told.value.errno == errno.ENOSPC
    assert as_service_error(told.value).problem.code == "no_room"
    database.close()


def test_files_leave_the_database_room_to_say_that_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=KEPT_FREE - 1))
    with pytest.raises(OSError, match="kept for the database") as told:
        FolderStore(tmp_path).write("a1/a", io.BytesIO(b"photo"))
    assert told.value.errno == errno.ENOSPC
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_cancelling_stops_after_the_photo_in_hand(store: JobStore, blobs: BlobStore, job: str) -> None:
    translate = Translate({b"one.jpg": lambda: store.cancel(job)})
    assert run(store, blobs, translate) is Outcome.OVER
    ended = store.get(job)
    assert (ended.state, ended.done) == ("cancelled", 1)
    assert list(contents(store, blobs)) == ["0001-one.png"]


def test_a_worker_that_lost_its_lease_leaves_the_job_to_the_other(store: JobStore, blobs: BlobStore, job: str) -> None:
    other = Translate()
    slow = Translate({b"one.jpg": lambda: run(store, blobs, other)})
    assert run(store, blobs, slow, lease=0) is Outcome.OVER
    ended = store.get(job)
    assert (ended.state, ended.done) == ("succeeded", 3)
    assert len(contents(store, blobs)) == 3


def test_names_in_the_zip_are_safe(store: JobStore, blobs: BlobStore) -> None:
    names = ["../../etc/passwd", "C:\\x\\y.jpg", "Müller & Söhne.jpeg", "....", "a" * 300 + ".jpg"]
    for index in range(len(names)):
        blobs.write(f"a1/{index}", io.BytesIO(b"x"))
    store.create("a1", Wanted("faces", {}), [Upload(name, f"a1/{index}") for index, name in enumerate(names)])
    run(store, blobs, Translate())
    assert list(contents(store, blobs)) == [
        "0001-passwd.png", "0002-y.png", "0003-M-ller-S-hne.png", "0004-photo.png", f"0005-{'a' * 60}.png",
    ]  # fmt: skip
