"""Jobs from and into S3 prefixes, and what is told where a bucket says no."""

import io
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import boto3
import pytest
from sqlalchemy.exc import OperationalError

from service.errors import ServiceError
from service.jobs.buckets import Bucket
from service.routes.problems import as_service_error
from service.storage import BUCKET_ERRORS, BucketStore, open_bucket
from tests.service import photos
from tests.service.backends import Backends, Servers
from tests.service.serving import serve
from tests.service.test_faces import error_code
from tests.service.test_jobs import SMILING, items, work


@pytest.fixture
def remote(remote_servers: Servers) -> Iterator[Backends]:
    """An empty database of PostgreSQL and an empty bucket."""
    with remote_servers.empty() as found:
        yield found


def root(remote: Backends, prefix: str = "") -> str:
    """The bucket as INIT_FOLDERS allows it, or a part of it."""
    return remote.storage_url.replace("/jobs?", f"/{prefix}?")


def bucket_of(remote: Backends) -> str:
    """Its name."""
    return remote.storage_url.removeprefix("s3://").partition("/")[0]


def put(remote: Backends, name: str, data: bytes) -> None:
    """An object."""
    client, bucket, _ = open_bucket(remote.storage_url)
    client.put_object(Bucket=bucket, Key=name, Body=data)


def test_a_prefix_is_edited_into_another(releases: Path, tmp_path: Path, remote: Backends) -> None:
    bucket = f"s3://{bucket_of(remote)}"
    for name, data in (("in/x/a.jpg", photos.jpeg()), ("in/b.png", b"no photo"), ("inside.jpg", b"not in it")):
        put(remote, name, data)
    fields = {"attributes": SMILING, "folder": f"{bucket}/in", "into": f"{bucket}/out"}
    with serve(releases, tmp_path, backends=remote, folders=root(remote)) as served:
        answer = served.client.post("/v1/jobs/translations", data=fields)
        assert answer.status_code == 202, answer.text
        with mock.patch.object(boto3, "client", side_effect=AssertionError("a client for each photo")):
            work(served, answer.json()["id"])
        found = items(served, answer.json()["id"])
        assert [(item["filename"], item["state"]) for item in found] == [("b.png", "failed"), ("x/a.jpg", "done")]
        single = served.client.post(
            "/v1/faces/translate", files={"image": ("a.jpg", photos.jpeg())}, data={"attributes": SMILING}
        )
        assert Bucket(f"{bucket}/out", [root(remote)]).read("x/a.jpg", 2**20) == single.content
        gone = served.client.post("/v1/jobs/translations", data=fields | {"folder": f"{bucket}/nothing"})
        assert (gone.status_code, error_code(gone)) == (422, "folder_not_found")


@pytest.mark.parametrize("url", ["s3://{0}/secret", "s3://{0}", "s3://{0}/open2", "s3://other/open", "s3://"])
def test_what_is_not_below_an_allowed_prefix_is_refused(remote: Backends, url: str) -> None:
    allowed = [root(remote, "open")]
    with pytest.raises(ServiceError) as told:
        Bucket(url.format(bucket_of(remote)), allowed)
    assert told.value.problem.code == "folder_not_allowed"
    Bucket(f"s3://{bucket_of(remote)}/open/more", allowed)


def test_a_bucket_that_says_no_is_told_in_a_sentence(remote: Backends) -> None:
    nowhere = root(remote).replace(bucket_of(remote), "nowhere")
    with pytest.raises(ServiceError, match=r"The bucket cannot be used: .*NoSuchBucket"):
        list(Bucket("s3://nowhere/in", [nowhere]).photos())
    with pytest.raises(ServiceError, match="no longer in the bucket"):
        Bucket(f"s3://{bucket_of(remote)}/in", [root(remote)]).read("a.jpg", 10)


def test_nobody_at_the_endpoint_is_told_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, os.environ.get(name, "x"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        away = f"s3://b/in?endpoint=http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ServiceError, match="The bucket cannot be used"):
            list(Bucket("s3://b/in", [away]).photos())
        with pytest.raises(BUCKET_ERRORS) as failure:
            BucketStore(*open_bucket(away)).write("a/b", io.BytesIO(b"x"))
    told = as_service_error(failure.value)
    assert (told.problem.status, told.problem.code) == (503, "storage_away")


def test_a_database_that_does_not_answer_is_told_as_such() -> None:
    told = as_service_error(OperationalError("SELECT 1", {}, Exception("gone")))
    assert (told.problem.status, told.problem.code, told.retry_after) == (503, "database_away", 3)


def test_only_a_bucket_is_taken_for_one() -> None:
    for url in ("http://bucket", "s3://", "bucket"):
        with pytest.raises(ValueError, match="s3://bucket/prefix"):
            open_bucket(url)


def test_blobs_of_other_prefixes_are_left_alone(remote: Backends) -> None:
    put(remote, "other/a1/x", b"x")
    remote.blobs.write("a1/x", io.BytesIO(b"x"))
    assert [group for group, _ in remote.blobs.groups()] == ["a1"]
    remote.blobs.remove_group("a1")
    assert list(remote.blobs.groups()) == []
    found = boto3.client("s3", endpoint_url=remote.storage_url.partition("endpoint=")[2]).list_objects_v2(
        Bucket=bucket_of(remote)
    )
    assert [each["Key"] for each in found["Contents"]] == ["other/a1/x"]
