"""A job's result: a zip of the edited photos and a manifest, made while it is sent, never held as a whole."""

import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from service.jobs.models import Item, Job
from service.storage import BlobStore

_ENDINGS = {"jpeg": "jpg", "png": "png", "webp": "webp"}
_BLOCK = 2**18


class _Pipe:
    """A file that zipfile can write to, whose content is taken out again as it grows."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        content, self._parts = b"".join(self._parts), []
        return content


def stream_zip(job: Job, blobs: BlobStore) -> Iterator[bytes]:
    """The zip of a job (loaded with its items), piece by piece."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]  # that it seeks is caught
        archive.writestr("manifest.json", json.dumps(manifest(job), indent=2, ensure_ascii=False))
        for item in job.items:
            if item.result:
                with archive.open(member_name(item), "w") as member, blobs.open(item.result) as photo:
                    while block := photo.read(_BLOCK):
                        member.write(block)
                        yield pipe.take()
    yield pipe.take()


def manifest(job: Job) -> dict[str, Any]:
    """What the zip says of itself: the change, and what became of each photo."""
    photos = [
        {
            "index": item.index,
            "filename": item.filename,
            "file": member_name(item) if item.result else None,
            "release": item.release,
            "error": item.error,
        }
        for item in job.items
    ]
    return {"job": job.id, "domain": job.domain, "attributes": job.attributes, "photos": photos}


def member_name(item: Item) -> str:
    """A name that is safe to unpack anywhere: the number, what is plain of the original name, the format's ending."""
    name = re.split(r"[/\\]", item.filename)[-1]
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name.rpartition(".")[0] or name).strip("-")[:60] or "photo"
    return f"{item.index + 1:04d}-{stem}.{_ENDINGS[item.format or 'jpeg']}"
