"""Where a job's photos come from and where its results go: blobs, or folders of this machine that are allowed."""

import io
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from service.errors import NO_ROOM, ServiceError
from service.jobs.buckets import PHOTO_ENDINGS, Bucket
from service.jobs.models import Item, Job
from service.storage import BlobStore

RESULT_ENDINGS = {"jpeg": ".jpg", "png": ".png", "webp": ".webp"}
_SAME = {"jpeg": frozenset({".jpg", ".jpeg"}), "png": frozenset({".png"}), "webp": frozenset({".webp"})}


class Folder:
    """A folder that jobs may use. Names in it are relative, with "/", and never lead out of it.

    Args:
        path: as it was asked for.
        roots: folders that are allowed, with all that is in them.

    Raises:
        ServiceError: it is not within one of them, or not there.
    """

    def __init__(self, path: str, roots: Sequence[Path]) -> None:
        if "\0" in path or not path.startswith("/"):
            raise ServiceError("folder_not_allowed", "A folder is named by its whole path, which begins with '/'.")
        if not roots:
            raise ServiceError("folder_not_allowed")
        found = Path(path).resolve()
        if not any(found.is_relative_to(root.resolve()) for root in roots):
            raise ServiceError("folder_not_allowed")
        if not found.is_dir():
            raise ServiceError("folder_not_found", f"There is no folder {path}; name one that there is.")
        self.path = found

    @property
    def place(self) -> tuple[str, ...]:
        """Where it is, from the outermost; a part of it begins with the same."""
        return self.path.parts

    def photos(self) -> Iterator[str]:
        """The names of all photos in it and in its folders, by their endings, in order."""
        for folder, folders, files in os.walk(self.path):
            folders.sort()
            for file in sorted(files):
                if Path(file).suffix.lower() in PHOTO_ENDINGS:
                    yield Path(folder, file).relative_to(self.path).as_posix()

    def read(self, name: str, most: int) -> bytes:
        """A file of at most `most` bytes. Raises ServiceError where it is larger, gone or leads out of the folder."""
        path = self._within(name)
        try:
            if path.stat().st_size > most:
                raise ServiceError("image_too_many_bytes", f"The file is larger than {most / 2**20:g} MiB.")
            return path.read_bytes()
        except FileNotFoundError:
            raise ServiceError("folder_not_found", "The file is no longer in the folder.") from None
        except OSError as error:
            raise ServiceError("folder_not_allowed", f"The file cannot be read: {error.strerror}.") from None

    def open(self, name: str) -> BinaryIO:
        """A file for reading. Raises FileNotFoundError."""
        return self._within(name).open("rb")

    def write(self, name: str, data: bytes) -> None:
        """A file, whole or not at all; one of the name before is replaced.

        Raises ServiceError where that is not to be, OSError where the disk is full.
        """
        path = self._within(name)
        part = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                part.write_bytes(data)
                os.replace(part, path)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise
            reason = f"The result cannot be written to the folder: {error.strerror}."
            raise ServiceError("folder_not_allowed", reason) from None

    def _within(self, name: str) -> Path:
        path = (self.path / name).resolve()
        if not path.is_relative_to(self.path):
            raise ServiceError("folder_not_allowed", "The file is a link that leads out of the folder.")
        return path


class Files:
    """The photos and the results of jobs.

    Args:
        blobs: what was uploaded, and results that are to be downloaded.
        roots: folders and buckets that jobs may read from and write to.
        most: bytes of a photo.
    """

    def __init__(self, blobs: BlobStore, roots: Sequence[str] = (), most: int = 2**25) -> None:
        self.blobs, self._roots, self._most = blobs, tuple(roots), most

    def folder(self, path: str) -> Folder | Bucket:
        """A folder, or a part of a bucket, that is allowed. Raises ServiceError."""
        if path.startswith("s3://"):
            return Bucket(path, [root for root in self._roots if root.startswith("s3://")])
        return Folder(path, [Path(root) for root in self._roots if not root.startswith("s3://")])

    def check(self, folder: str | None, into: str | None) -> None:
        """Raises ServiceError where a job may not read from `folder` or write to `into`, or these lie in each other."""
        source, target = (path and self.folder(path) for path in (folder, into))
        if source and target and _overlap(source.place, target.place):
            raise ServiceError(
                "folder_not_allowed",
                "Results would replace photos: `into` may not be the folder of the photos, lie in it or hold it; name "
                "one beside it.",
            )

    def read(self, job: Job, item: Item) -> bytes:
        """A photo. Raises ServiceError where it cannot be had."""
        if folder := job.options.get("folder"):
            return self.folder(folder).read(item.source or "", self._most)
        try:
            return self.blobs.read(item.source or "")
        except FileNotFoundError:
            raise ServiceError("unknown_photo", "The photo is no longer stored; send it in another job.") from None

    def write(self, job: Job, item: Item, data: bytes, format: str) -> str:
        """Stores a result; what to keep in Item.result. By the item, so that a second attempt replaces the first."""
        if into := job.options.get("into"):
            name = result_name(item.filename, item.index, format)
            self.folder(into).write(name, data)
            return name
        key = f"{job.id}/r{item.index}"
        self.blobs.write(key, io.BytesIO(data))
        return key

    def open(self, job: Job, item: Item) -> BinaryIO:
        """A result for reading. Raises ServiceError: photo_without_result where it is no longer where it was put."""
        try:
            if into := job.options.get("into"):
                return self.folder(into).open(item.result or "")
            return self.blobs.open(item.result or "")
        except (FileNotFoundError, NotADirectoryError):
            reason = f"The edited photo, {item.result}, is no longer where it was put."
            raise ServiceError("photo_without_result", reason) from None


def _overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    return all(a == b for a, b in zip(one, other, strict=False))


def result_names(filename: str, index: int, format: str | None) -> set[str]:
    """The names that a result may get; None: in whichever format the photo is."""
    return {result_name(filename, index, each) for each in ([format] if format else RESULT_ENDINGS)}


def result_name(filename: str, index: int, format: str) -> str:
    """The name of a result beside others: the photo's own, with the ending of its format if it has another."""
    plain = PurePosixPath(filename)
    if plain.is_absolute() or ".." in plain.parts or not plain.name or "\0" in filename:
        plain = PurePosixPath(f"{index + 1:06d}")
    return str(plain) if plain.suffix.lower() in _SAME[format] else f"{plain}{RESULT_ENDINGS[format]}"
