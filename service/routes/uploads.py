"""How a photo comes in: kept in memory from the first byte to the last, its form read without leaving the event loop.

Starlette spools what is larger than 1 MiB to disk, and each piece of it goes through a thread. A photo's size is
capped before (see middleware.BodyLimit), so it may as well stay where it is wanted.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response, UploadFile
from fastapi.routing import APIRoute
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

# One photo and a few fields: what a route of photos reads of a form.
FORM_LIMITS: Any = {"max_files": 1, "max_fields": 20, "max_part_size": 2**16}


class _InMemory(MultiPartParser):
    spool_max_size = 0  # of SpooledTemporaryFile: no limit


class _PhotoRequest(Request):
    async def _get_form(self, **limits: Any) -> FormData:
        if parse_options_header(self.headers.get("Content-Type"))[0] != b"multipart/form-data":
            return await super()._get_form(**limits)
        try:
            self._form = await _InMemory(self.headers, self.stream(), **limits).parse()
        except MultiPartException as error:
            raise HTTPException(400, error.message) from error
        return self._form


class PhotoRoute(APIRoute):
    """A route that takes a photo."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's, with a form that stays in memory."""
        handle = super().get_route_handler()

        async def handle_photo(request: Request) -> Response:
            return await handle(_PhotoRequest(request.scope, request.receive))

        return handle_photo


async def photo_bytes(image: UploadFile) -> bytes:
    """The photo, of which no second copy is kept while it waits."""
    data = await image.read()
    await image.close()
    return data
