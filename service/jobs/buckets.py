"""A part of an S3 bucket as a job's folder: where photos come from, or where results go."""

import functools
import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from service.errors import ServiceError
from service.storage import BUCKET_ERRORS, list_pages, open_bucket, open_object

_opening = threading.Lock()
_opened = functools.lru_cache(maxsize=64)(open_bucket)
PHOTO_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})


class Bucket:
    """What is below "s3://bucket/prefix". Names are relative to it.

    Args:
        url: as it was asked for.
        roots: "s3://bucket/prefix?endpoint=...": buckets that are allowed, with all that is below the prefix.

    Raises:
        ServiceError: it is not below one of them.
    """

    def __init__(self, url: str, roots: Sequence[str]) -> None:
        asked = urlsplit(url)
        wanted = asked.path.strip("/")
        for root in roots:
            allowed = urlsplit(root)
            prefix = allowed.path.strip("/")
            if asked.netloc == allowed.netloc and (not prefix or wanted == prefix or wanted.startswith(f"{prefix}/")):
                self._client, self._bucket, _ = _open(root)
                self._prefix = f"{wanted}/" if wanted else ""
                return
        raise ServiceError("folder_not_allowed")

    @property
    def place(self) -> tuple[str, ...]:
        """Where it is, from the outermost; a part of it begins with the same."""
        return ("s3:", self._bucket, *self._prefix.split("/")[:-1])

    def photos(self) -> Iterator[str]:
        """The names of all photos below it, by their endings, in order. Raises ServiceError."""
        with _told():
            for page in list_pages(self._client, self._bucket, self._prefix):
                for each in page:
                    if PurePosixPath(each["Key"]).suffix.lower() in PHOTO_ENDINGS:
                        yield each["Key"][len(self._prefix) :]

    def read(self, name: str, most: int) -> bytes:
        """A photo of at most `most` bytes. Raises ServiceError where it is larger or cannot be had."""
        try:
            with _told(), closing(self.open(name)) as body:
                data = body.read(most + 1)
        except FileNotFoundError:
            raise ServiceError("folder_not_found", "The file is no longer in the bucket.") from None
        if len(data) > most:
            raise ServiceError("image_too_many_bytes", f"The file is larger than {most / 2**20:g} MiB.")
        return data

    def open(self, name: str) -> BinaryIO:
        """An object for reading. Raises FileNotFoundError, ServiceError."""
        with _told():
            return open_object(self._client, self._bucket, self._prefix + name)

    def write(self, name: str, data: bytes) -> None:
        """An object, whole or not at all; one of the name before is replaced. Raises ServiceError."""
        with _told():
            self._client.upload_fileobj(io.BytesIO(data), self._bucket, self._prefix + name)


def _open(root: str) -> tuple[Any, str, str]:
    """`open_bucket`, once for all photos: a client takes as long to make as a photo to edit, and connects anew."""
    with _opening:  # boto3 makes clients one at a time; those that are made, threads may share
        return _opened(root)


@contextmanager
def _told() -> Iterator[None]:
    """What S3 says no with, as something that can be told."""
    try:
        yield
    except BUCKET_ERRORS as error:
        raise ServiceError("folder_not_found", f"The bucket cannot be used: {error}.") from None
