"""What is to be forgotten is forgotten: no byte of it is left in any file, and that can be asked for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from service.jobs.models import Job
from service.jobs.upkeep import retire
from tests.service import photos
from tests.service.serving import Served
from tests.service.test_jobs import create, work

NAME, BYTES, ATTRIBUTE = b"ada-at-home", b"\xff\xfemarked-photo\xfe\xff", b"Eyeglasses"


def holding(folder: Path, marker: bytes) -> list[str]:
    """The files in a folder that have these bytes somewhere."""
    return [path.name for path in folder.rglob("*") if path.is_file() and marker in path.read_bytes()]


def upload(served: Served, count: int) -> str:
    """A job of photos that can be told by their names, their bytes and their change."""
    files = [("images", (f"{NAME.decode()}-{number}.jpg", photos.jpeg(number) + BYTES)) for number in range(count)]
    data = {"attributes": f'{{"{ATTRIBUTE.decode()}": true}}'}
    answer = served.client.post("/v1/jobs/translations", files=files, data=data)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_no_byte_of_an_upload_or_a_result_is_left(served: Served, tmp_path: Path) -> None:
    jobs = [upload(served, 5) for _ in range(4)]
    kept = create(served, photos.jpeg()).json()["id"]
    work(served, jobs[0])
    for job in jobs[1:]:
        served.client.post(f"/v1/jobs/{job}/cancel")
    result = served.client.get(f"/v1/jobs/{jobs[0]}/items/0/result").content
    markers = [NAME, BYTES, ATTRIBUTE, result[-64:]]
    assert all(holding(tmp_path, marker) for marker in markers)
    told = served.client.get("/v1/retention").json()
    assert (told["jobs"], told["photos"], told["folders"], told["overdue"]) == (5, 21, 5, 0)

    with served.studio.jobs.database.write() as session:
        old = datetime.now(UTC) - timedelta(hours=25)
        session.execute(sa.update(Job).where(Job.id.in_(jobs)).values(finished_at=old, created_at=old))
    assert served.client.get("/v1/retention").json()["overdue"] == 4
    assert retire(served.studio.jobs, [served.studio.blobs], 24) == 4

    assert {marker: holding(tmp_path, marker) for marker in markers} == {marker: [] for marker in markers}
    told = served.client.get("/v1/retention").json()
    assert (told["jobs"], told["photos"], told["folders"], told["overdue"]) == (1, 1, 1, 0)
    assert served.client.get(f"/v1/jobs/{kept}").json()["created_at"] == told["oldest_job"]


def test_nor_of_a_job_that_its_owner_removes_once_beat_has_been_by(served: Served, tmp_path: Path) -> None:
    job = upload(served, 5)
    served.client.post(f"/v1/jobs/{job}/cancel")
    assert served.client.delete(f"/v1/jobs/{job}").status_code == 204
    assert holding(tmp_path, BYTES) == []
    retire(served.studio.jobs, [served.studio.blobs], 24)
    assert holding(tmp_path, NAME) == []
