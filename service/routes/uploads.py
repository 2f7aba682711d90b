"""How a photo comes in: kept in memory from the first byte to the last, its form read without leaving the event loop.

Starlette spools what is larger than 1 MiB to disk, and each piece of it goes through a thread. A photo's size is
capped before (see bodies.BodyLimit), so it may as well stay where it is wanted.
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


class _Parser(MultiPartParser):
    """Starlette's, but a body that ends before its last boundary is not taken for a form with fewer fields."""

    _ended = False

    def on_end(self) -> None:
        self._ended = True

    async def parse(self) -> FormData:
        form = await super().parse()
        if not self._ended:
            for file in self._files_to_close_on_error:
                file.close()
            raise MultiPartException("The body ends before its last boundary; send the whole form.")
        return form


class _InMemory(_Parser):
    spool_max_size = 0  # of SpooledTemporaryFile: no limit


class _FormRequest(Request):
    parser = _Parser

    async def _get_form(self, **limits: Any) -> FormData:
        kind, options = parse_options_header(self.headers.get("Content-Type"))
        if kind != b"multipart/form-data":
            return await super()._get_form(**limits)
        try:
            # Python has character sets that take seconds for a field (punycode), and one that always fails.
            if options.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8"):
                raise MultiPartException("The form is not in UTF-8; send it in UTF-8.")
            self._form = await self.parser(self.headers, self.stream(), **limits).parse()
        except MultiPartException as error:
            raise HTTPException(400, error.message) from error
        return self._form


class _PhotoRequest(_FormRequest):
    parser = _InMemory


class FormRoute(APIRoute):
    """A route that takes a form."""

    request = _FormRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's, with a stricter reader of forms."""
        handle = super().get_route_handler()

        async def handle_form(request: Request) -> Response:
            return await handle(self.request(request.scope, request.receive))

        return handle_form


class PhotoRoute(FormRoute):
    """A route that takes a photo in a form, which stays in memory."""

    request = _PhotoRequest


async def photo_bytes(image: UploadFile) -> bytes:
    """The photo, of which no second copy is kept while it waits."""
    data = await image.read()
    await image.close()
    return data
