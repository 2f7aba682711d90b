"""The photos of a study: as small as voters see them, without metadata, before they are kept."""

import io
from collections.abc import Iterable, Iterator

from service.jobs.wanted import Upload
from service.storage import BlobStore
from training.images import ImageError, Limits, decode, encode, result_format

SIDE = 1024
"""The longer side of what voters see: enough for half a screen, and soon there on a phone."""


def reduced(uploads: Iterable[Upload], blobs: BlobStore, limits: Limits) -> Iterator[Upload]:
    """The photos, each replaced where it is kept by what is left of it; one that cannot be read is refused alone."""
    for upload in uploads:
        if upload.source is None:
            yield upload
            continue
        try:
            blobs.write(upload.source, io.BytesIO(reduce(blobs.read(upload.source), limits)))
        except ImageError as error:
            yield Upload(upload.filename, None, str(error))
        else:
            yield upload


def reduce(data: bytes, limits: Limits) -> bytes:
    """A photo at most SIDE pixels wide and high, upright, in its own format, JPEG for HEIC. Raises ImageError."""
    photo = decode(data, limits)
    photo.thumbnail((SIDE, SIDE))
    return encode(photo, result_format(data))
