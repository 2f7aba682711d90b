"""The client for an event loop: the methods of `Client`, to be awaited."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar, Unpack

import httpx

from service.client import calls
from service.client.addresses import URL, connection
from service.client.answers import Domain, Faces, Item, Job, JobDetail, ReleaseDetail, Result, Shown, whole_file
from service.client.calls import Call, Change, GridOptions, JobOptions, OneFace, Options, Photo
from service.client.retries import Flow, Retries, all_items, attempts, until_ended

T = TypeVar("T")


class AsyncClient:
    """`Client` for an event loop; see there for the arguments and methods."""

    def __init__(
        self,
        url: str = URL,
        *,
        key: str | None = None,
        timeout: float = 60.0,
        tries: int = Retries.tries,
        seconds: float = Retries.seconds,
    ) -> None:
        self._retries = Retries(tries, seconds)
        self._http = httpx.AsyncClient(**connection(url, timeout, key))

    async def domains(self) -> list[Domain]:
        """See Client.domains."""
        return await self._call(calls.domains())

    async def attributes(self, domain: str, photo: Photo, **options: Unpack[OneFace]) -> Shown:
        """See Client.attributes."""
        return await self._call(calls.attributes(domain, photo, options))

    async def faces(self, domain: str, photo: Photo) -> Faces:
        """See Client.faces."""
        return await self._call(calls.faces(domain, photo))

    async def translate(self, domain: str, photo: Photo, change: Change, **options: Unpack[Options]) -> Result:
        """See Client.translate."""
        return await self._call(calls.translate(domain, photo, change, options))

    async def grid(
        self,
        domain: str,
        photo: Photo,
        change: Change | Sequence[Change] | None = None,
        *,
        strengths: Sequence[float] | None = None,
        zip: bool = False,
        **options: Unpack[GridOptions],
    ) -> Result:
        """See Client.grid."""
        return await self._call(calls.grid(domain, photo, change, strengths, zip, options))

    async def releases(self, domain: str) -> list[ReleaseDetail]:
        """See Client.releases."""
        return await self._call(calls.releases(domain))

    async def promote(self, domain: str, name: str) -> Domain:
        """See Client.promote."""
        return await self._call(calls.promote(domain, name))

    async def rollback(self, domain: str) -> Domain:
        """See Client.rollback."""
        return await self._call(calls.rollback(domain))

    async def create_job(
        self,
        photos: Iterable[Photo],
        change: Change,
        **options: Unpack[JobOptions],
    ) -> Job:
        """See Client.create_job."""
        return await self._call(calls.create_job(photos, change, options))

    async def job(self, id: str) -> JobDetail:
        """See Client.job."""
        return await self._call(calls.job(id))

    async def items(self, id: str) -> list[Item]:
        """See Client.items."""
        return await self._follow(all_items(id, self._retries))

    async def wait(self, id: str, *, every: float = 1.0, timeout: float | None = None) -> JobDetail:
        """See Client.wait."""
        return await self._follow(until_ended(id, every, timeout, self._retries))

    async def result(self, id: str, path: str | os.PathLike[str]) -> Path:
        """See Client.result."""
        return await self._call(calls.result(id, path))

    async def cancel(self, id: str) -> Job:
        """See Client.cancel."""
        return await self._call(calls.cancel(id))

    async def retry(self, id: str) -> Job:
        """See Client.retry."""
        return await self._call(calls.retry(id))

    async def delete(self, id: str) -> None:
        """See Client.delete."""
        return await self._call(calls.delete(id))

    async def close(self) -> None:
        """See Client.close."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _call(self, call: Call[T]) -> T:
        return await self._follow(attempts(call, self._retries))

    async def _follow(self, flow: Flow[T]) -> T:
        try:
            step = next(flow)
            while True:
                try:
                    response = await self._do(step)
                except httpx.RequestError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(response)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _do(self, step: Call[Any] | float) -> httpx.Response | None:
        if not isinstance(step, Call):
            await asyncio.sleep(step)
            return None
        with step.opened() as request:
            async with self._http.stream(**request) as response:
                if step.save_to is None or not response.is_success:
                    await response.aread()
                    return response
                with whole_file(step.save_to) as file:
                    async for chunk in response.aiter_bytes():
                        file.write(chunk)
                return response
