"""What a job of photos is made of: uploads, a zip, a folder, and a table that says what each photo is to become.

Nothing here trusts what was sent: names are for display, sizes are counted as they are read.
"""

import csv
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import BinaryIO

from service.errors import ServiceError
from service.jobs.buckets import Bucket
from service.jobs.files import Folder
from service.jobs.wanted import LONGEST_NAME, Upload

_RATIO = 200  # photos are compressed already; what grows more than this is made to
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of others zipfile unpacks more than it is asked for
_LONGEST_ENDING = 10
_SKIPPED = ("__MACOSX/", ".DS_Store", "Thumbs.db")
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

Store = Callable[[BinaryIO], str]
"""Keeps a photo; its key."""


@dataclass(frozen=True)
class Limits:
    """Of a job: its photos, bytes of each, and of all of them unpacked."""

    photos: int
    photo_bytes: int
    all_bytes: int


def from_uploads(files: Iterable[tuple[str, int, BinaryIO]], store: Store, limits: Limits) -> Iterator[Upload]:
    """Photos sent as files: name, bytes, content. One that is too large is refused alone."""
    for number, (name, size, file) in enumerate(files):
        _count(number, limits)
        yield _refused(name, limits) if size > limits.photo_bytes else Upload(_shown(name), store(file))


def from_zip(file: BinaryIO, store: Store, limits: Limits) -> Iterator[Upload]:
    """Photos sent as a zip. Raises ServiceError where it is none, or made to do harm."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):  # all that zipfile says of what is no zip
        raise ServiceError("invalid_archive") from None
    with archive:
        if not (members := [member for member in archive.infolist() if not _is_skipped(member)]):
            raise ServiceError("invalid_archive", "There is nothing in the zip; put photos in it.")
        _count(len(members) - 1, limits)
        for member in members:
            _check(member)
        if sum(member.file_size for member in members) > limits.all_bytes:
            raise ServiceError("upload_too_large", f"Unpacked, the zip has more than {limits.all_bytes / 2**20:g} MiB.")
        for member in members:
            if member.file_size > limits.photo_bytes:
                yield _refused(member.filename, limits)
            else:
                yield Upload(_shown(member.filename), store(io.BytesIO(_unpacked(archive, member))))


def from_folder(folder: Folder | Bucket, limits: Limits) -> Iterator[Upload]:
    """Photos that lie in a folder and stay there."""
    number = -1
    for number, name in enumerate(folder.photos()):
        _count(number, limits)
        yield Upload(_shown(name), name)
    if number < 0:
        raise ServiceError("folder_not_found", "There is no photo in the folder (.jpg, .png, .webp or .heic).")


def with_names_of_their_own(
    uploads: Iterable[Upload], results: Callable[[str, int], Collection[str]]
) -> Iterator[Upload]:
    """Photos whose results replace none of another: where they might, the later one's name gets a number.

    Args:
        results: the names that the result of a photo may have, given its name and its place.
    """
    taken, times = set[str](), Counter[str]()
    for place, upload in enumerate(uploads):
        name = upload.filename
        while not taken.isdisjoint(results(name, place)):
            times[upload.filename] += 1
            name = _numbered(upload.filename, times[upload.filename] + 1)
        taken.update(results(name, place))
        yield replace(upload, filename=name)


def _numbered(name: str, number: int) -> str:
    """A name with a number; of one that leads elsewhere, for which a result has its own, only the last part."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.name:
        name = path.name.strip(".") or "photo"
    ending = PurePosixPath(name).suffix[:_LONGEST_ENDING]
    return f"{name.removesuffix(ending)[: LONGEST_NAME - 2 * _LONGEST_ENDING]}-{number}{ending}"


def read_targets(data: bytes, attributes: Sequence[str]) -> Mapping[str, Mapping[str, bool]]:
    """What each photo is to become, by its name: a table as CSV or JSONL.

    CSV has a column `filename` and one for each attribute, with true, false or nothing in it; a line of JSONL is
    {"filename": ..., "attributes": {...}}. Raises ServiceError with the number of the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ServiceError("invalid_targets", "The table is not in UTF-8; save it in UTF-8.") from None
    rows = _jsonl(text) if text.lstrip().startswith("{") else _csv(text, attributes)
    targets: dict[str, Mapping[str, bool]] = {}
    for line, name, change in rows:
        for attribute in change:
            if attribute not in attributes:
                raise _bad(line, f"there is no attribute {attribute!r}; there are {', '.join(attributes)}")
        if name in targets:
            raise _bad(line, f"{name!r} was there before; give each photo one line")
        targets[name] = change
    if not targets:
        raise ServiceError("invalid_targets", "The table is empty; give it a line for each photo.")
    return targets


def with_targets(
    uploads: Iterable[Upload], targets: Mapping[str, Mapping[str, bool]], change: Mapping[str, bool]
) -> Iterator[Upload]:
    """Each photo with its own change, by its whole name or the last part of it; else the job's, if it has one.

    Raises ServiceError, in the end, where the table names photos that there are not.
    """
    left = set(targets)
    for upload in uploads:
        name = next((n for n in (upload.filename, PurePosixPath(upload.filename).name) if n in targets), None)
        if name is not None:
            left.discard(name)
            yield Upload(upload.filename, upload.source, upload.error, targets[name])
        elif change:
            yield upload
        else:
            yield Upload(upload.filename, None, "The table of targets has no line for this photo.")
    if left:
        some = ", ".join(repr(name) for name in sorted(left)[:3])
        count = "a photo that was" if len(left) == 1 else f"{len(left)} photos that were"
        raise ServiceError("invalid_targets", f"The table names {count} not sent: {some}.")


def _jsonl(text: str) -> Iterator[tuple[int, str, Mapping[str, bool]]]:
    for line, row in enumerate(text.splitlines(), 1):
        if not row.strip():
            continue
        try:
            found = json.loads(row)
            name, change = found["filename"], found["attributes"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise _bad(line, 'expected {"filename": "a.jpg", "attributes": {"Smiling": true}}') from None
        if not isinstance(name, str) or not isinstance(change, dict) or not change:
            raise _bad(line, "expected a name and at least one attribute")
        if not all(isinstance(value, bool) for value in change.values()):
            raise _bad(line, "attributes are true or false")
        yield line, name, change


def _csv(text: str, attributes: Sequence[str]) -> Iterator[tuple[int, str, Mapping[str, bool]]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    with suppress(csv.Error):
        if "filename" not in (reader.fieldnames or ()):
            names = ", ".join(attributes[:2])
            raise ServiceError("invalid_targets", f"The table's first line has to be: filename, {names}, ...")
    try:
        for row in reader:
            if None in row:
                raise _bad(reader.line_num, "there are more columns than in the first line")
            name = row.pop("filename") or ""
            said = {key: value.strip().lower() for key, value in row.items() if value and value.strip()}
            if wrong := [value for value in said.values() if value not in _TRUTH]:
                raise _bad(reader.line_num, f"{wrong[0]!r} is neither true nor false")
            if not name or not said:
                raise _bad(reader.line_num, "expected a name and at least one attribute")
            yield reader.line_num, name, {key: _TRUTH[value] for key, value in said.items()}
    except csv.Error as error:
        raise _bad(reader.line_num, f"{error}") from None


def _bad(line: int, why: str) -> ServiceError:
    return ServiceError("invalid_targets", f"Line {line} of the table: {why}.")


def _check(member: zipfile.ZipInfo) -> None:
    name = member.filename
    if member.flag_bits & 1:
        raise ServiceError("invalid_archive", "The zip is encrypted; send one without a password.")
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name[:2]:
        raise ServiceError("invalid_archive", f"The zip names a file outside of itself: {name[:80]!r}; pack it anew.")
    if name.lower().endswith((".zip", ".tar", ".gz", ".7z", ".rar")):
        raise ServiceError("invalid_archive", f"There is an archive in the zip: {name[:80]!r}; send its photos.")
    if member.compress_type not in _BOUNDED:
        raise ServiceError("invalid_archive", f"{name[:80]!r} is packed by bzip2 or the like; use zip's own (deflate).")
    if member.file_size > _RATIO * max(1, member.compress_size):
        raise ServiceError("invalid_archive", f"{name[:80]!r} grows more than {_RATIO} times; no photo does.")


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(member) as file:
            return file.read(member.file_size)  # no more than it says, whatever it holds
    except Exception as error:  # zipfile's, and those of zlib, lzma and bz2, which have nothing in common
        raise ServiceError("invalid_archive", f"{member.filename[:80]!r} is damaged: {error}.") from None


def _is_skipped(member: zipfile.ZipInfo) -> bool:
    return member.is_dir() or member.filename.startswith(_SKIPPED[0]) or member.filename.endswith(_SKIPPED[1:])


def _count(index: int, limits: Limits) -> None:
    if index >= limits.photos:
        raise ServiceError(
            "too_many_images", f"A job takes at most {limits.photos} photos; split it into several jobs."
        )


def _refused(name: str, limits: Limits) -> Upload:
    error = f"The file is larger than {limits.photo_bytes / 2**20:g} MiB; send a smaller one."
    return Upload(_shown(name), None, error)


def _shown(name: str) -> str:
    return name.replace("\0", "")[:LONGEST_NAME] or "photo"  # PostgreSQL's texts may hold anything but that
