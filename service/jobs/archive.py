"""A job's result: a zip of the edited photos and a manifest, made while it is sent, never held as a whole."""

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from service.errors import ServiceError
from service.jobs.files import Files
from service.jobs.models import Item, Job
from service.jobs.store import JobStore

_ENDINGS = {"jpeg": "jpg", "png": "png", "webp": "webp"}
_BLOCK = 2**18
_PAGE = 500  # rows that are in memory at once


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


def stream_zip(job: Job, store: JobStore, files: Files) -> Iterator[bytes]:
    """The zip of a job, piece by piece: what is edited so far, in the order of the upload.

    Of a result that somebody has since taken out of the folder where it was put, the manifest says so.
    """
    pipe, gone = _Pipe(), dict[int, str]()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]  # that it seeks is caught
        for item in _items(job, store):
            if not item.result:
                continue
            try:
                photo = files.open(job, item)
            except ServiceError as error:
                if error.problem.code != "photo_without_result":  # what it is in is away: who asks is to ask again
                    raise
                gone[item.index] = str(error)
                continue
            with photo, archive.open(member_name(item), "w") as member:
                while block := photo.read(_BLOCK):
                    member.write(block)
                    yield pipe.take()
        with archive.open("manifest.json", "w") as member:
            for line in _manifest(job, store, gone):
                member.write(line.encode())
                yield pipe.take()
    yield pipe.take()


def _items(job: Job, store: JobStore) -> Iterator[Item]:
    after = -1
    while page := store.photos.list(job.id, after, _PAGE):
        yield from page
        after = page[-1].index


def _manifest(job: Job, store: JobStore, gone: Mapping[int, str]) -> Iterator[str]:
    """What the zip says of itself: the change, and what became of each photo; valid JSON, a photo a line.

    `gone`: why there is no result of a photo, by its index.
    """
    said: dict[str, Any] = {name: job.options[name] for name in ("strength", "strengths") if name in job.options}
    asked = {"job": job.id, "domain": job.domain, "attributes": job.attributes, **said}
    head = json.dumps(asked, ensure_ascii=False)
    yield head[:-1] + ', "photos": ['
    for number, item in enumerate(_items(job, store)):
        photo = {
            "index": item.index,
            "filename": item.filename,
            "file": member_name(item) if item.result and item.index not in gone else None,
            "release": item.release,
            "error": gone.get(item.index, item.error),
            **({"attributes": item.attributes} if item.attributes else {}),
        }
        yield ("," if number else "") + "\n" + json.dumps(photo, ensure_ascii=False)
    yield "\n]}\n"


def member_name(item: Item) -> str:
    """A name that is safe to unpack anywhere: the number, what is plain of the original name, the format's ending."""
    name = re.split(r"[/\\]", item.filename)[-1]
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name.rpartition(".")[0] or name).strip("-")[:60] or "photo"
    return f"{item.index + 1:04d}-{stem}.{_ENDINGS[item.format or 'jpeg']}"
