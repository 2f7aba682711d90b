"""Files of jobs, as blobs by key, in a folder or an S3 bucket. Keys are generated here, never taken from a client."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast
from urllib.parse import parse_qs, urlsplit

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from service.settings import Settings

BUCKET_ERRORS = (Boto3Error, BotoCoreError, ClientError)
"""What S3, or the way to it, fails with."""

KEPT_FREE = 2**24
"""Bytes of a disk that files leave free: the database, on the same one as a rule, must still be able to say so."""
_BLOCK = 2**18


class BlobStore(Protocol):
    """Blobs. A key is "<group>/<name>"; a group, such as a job, is removed as one.

    A blob appears whole or not at all, and writing a key again replaces it.
    """

    def write(self, key: str, source: BinaryIO) -> None:
        """Stores all that `source` still has to read."""

    def read(self, key: str) -> bytes:
        """The bytes of a blob. Raises FileNotFoundError."""

    def open(self, key: str) -> BinaryIO:
        """A blob for reading. Raises FileNotFoundError."""

    def remove_group(self, group: str) -> None:
        """Removes all blobs of a group; nothing happens where there are none."""

    def groups(self) -> Iterator[tuple[str, float]]:
        """Every group, with the time of its last change in seconds since 1970."""


def new_key(group: str) -> str:
    """A key that is not in use."""
    return f"{group}/{secrets.token_hex(16)}"


def open_store(settings: "Settings") -> BlobStore:
    """Where the settings say. Raises ValueError where that cannot be."""
    if settings.storage_url:
        return BucketStore(*open_bucket(settings.storage_url))
    return FolderStore(settings.data_dir / "blobs")


class FolderStore:
    """Blobs in a folder. Raises OSError(ENOSPC) where there is no room but what is to be kept."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, key: str, source: BinaryIO) -> None:
        """See BlobStore."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(path.parent).free < KEPT_FREE:
            raise OSError(errno.ENOSPC, "What is left is kept for the database", str(path))
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        try:
            with part.open("wb") as file:
                shutil.copyfileobj(source, file, _BLOCK)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    def read(self, key: str) -> bytes:
        """See BlobStore."""
        return self._path(key).read_bytes()

    def open(self, key: str) -> BinaryIO:
        """See BlobStore."""
        return self._path(key).open("rb")

    def remove_group(self, group: str) -> None:
        """See BlobStore."""
        shutil.rmtree(self._path(group), ignore_errors=True)

    def groups(self) -> Iterator[tuple[str, float]]:
        """See BlobStore."""
        if self._root.is_dir():
            for path in self._root.iterdir():
                yield path.name, path.stat().st_mtime

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*_parts(key))


class BucketStore:
    """Blobs in an S3 bucket, below `prefix`."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix

    def write(self, key: str, source: BinaryIO) -> None:
        """See BlobStore."""
        self._client.upload_fileobj(source, self._bucket, self._name(key))

    def read(self, key: str) -> bytes:
        """See BlobStore."""
        with closing(self.open(key)) as body:
            return body.read()

    def open(self, key: str) -> BinaryIO:
        """See BlobStore."""
        return open_object(self._client, self._bucket, self._name(key))

    def remove_group(self, group: str) -> None:
        """See BlobStore."""
        _parts(group)
        for page in list_pages(self._client, self._bucket, f"{self._prefix}{group}/"):
            found = [{"Key": each["Key"]} for each in page]
            self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": found, "Quiet": True})

    def groups(self) -> Iterator[tuple[str, float]]:
        """See BlobStore."""
        group, changed = "", 0.0
        for page in list_pages(self._client, self._bucket, self._prefix):  # in the order of their names
            for each in page:
                name = each["Key"][len(self._prefix) :].partition("/")[0]
                if group and name != group:
                    yield group, changed
                    changed = 0.0
                group, changed = name, max(changed, each["LastModified"].timestamp())
        if group:
            yield group, changed

    def _name(self, key: str) -> str:
        return self._prefix + "/".join(_parts(key))


def open_bucket(url: str) -> tuple[Any, str, str]:
    """A client, the bucket and the prefix of "s3://bucket/prefix?endpoint=https://...". Raises ValueError.

    Who may do what is said by the environment or the machine, as boto3 reads it (AWS_ACCESS_KEY_ID, ...).
    """
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise ValueError(f"{url} is no bucket; one is named like s3://bucket/prefix.")
    endpoint = parse_qs(parts.query).get("endpoint", [None])[0]
    patience = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"})
    prefix = parts.path.strip("/")
    client = boto3.client("s3", endpoint_url=endpoint, config=patience)
    return client, parts.netloc, f"{prefix}/" if prefix else ""


def open_object(client: Any, bucket: str, name: str) -> BinaryIO:
    """An object for reading. Raises FileNotFoundError."""
    try:
        return cast(BinaryIO, client.get_object(Bucket=bucket, Key=name)["Body"])
    except client.exceptions.NoSuchKey:
        raise FileNotFoundError(name) from None


def list_pages(client: Any, bucket: str, prefix: str) -> Iterator[list[dict[str, Any]]]:
    """What is below a prefix, up to 1,000 at once, in the order of their names."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        if found := page.get("Contents"):
            yield found


def _parts(key: str) -> list[str]:
    parts = key.split("/")
    assert all(part.isalnum() for part in parts), "keys are generated: hexadecimal parts"
    return parts
