"""The client. What a call is and when it is repeated is elsewhere."""

import os
import time
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


class Client:
    """Asks a running service.

    Args:
        url: where it is; ValueError if it is no address.
        key: the API key's secret, where the service asks for one; also if it has to promote a release from elsewhere.
        timeout: seconds that it may be silent for.
        tries: how often a call is sent at most. It is sent again when the service is too busy (429 and 503; not sooner
            than Retry-After says), and when the connection fails and to ask twice does no harm.
        seconds: after this long no further try is begun.
    """

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
        self._http = httpx.Client(**connection(url, timeout, key))

    def domains(self) -> list[Domain]:
        """What can be edited, and how it stands with each domain."""
        return self._call(calls.domains())

    def attributes(self, domain: str, photo: Photo, **options: Unpack[OneFace]) -> Shown:
        """Which attributes a photo, or a face in it, has."""
        return self._call(calls.attributes(domain, photo, options))

    def faces(self, domain: str, photo: Photo) -> Faces:
        """The faces in a photo of a domain that aligns them, the largest first."""
        return self._call(calls.faces(domain, photo))

    def translate(self, domain: str, photo: Photo, change: Change, **options: Unpack[Options]) -> Result:
        """Edits a photo: the attributes that `change` names are set or cleared, the rest stays as the photo has it."""
        return self._call(calls.translate(domain, photo, change, options))

    def grid(
        self,
        domain: str,
        photo: Photo,
        change: Change | Sequence[Change] | None = None,
        *,
        strengths: Sequence[float] | None = None,
        zip: bool = False,
        **options: Unpack[GridOptions],
    ) -> Result:
        """Many edits of one photo as one picture with captions, or as a zip of files.

        Of several changes each, or of one change each of `strengths`; else every attribute by itself.
        """
        return self._call(calls.grid(domain, photo, change, strengths, zip, options))

    def releases(self, domain: str) -> list[ReleaseDetail]:
        """The releases of a domain, by name."""
        return self._call(calls.releases(domain))

    def promote(self, domain: str, name: str) -> Domain:
        """Serves another release from now on. Of a service on the same machine, or with a key for it."""
        return self._call(calls.promote(domain, name))

    def rollback(self, domain: str) -> Domain:
        """Serves the release that was promoted before. Of a service on the same machine, or with a key for it."""
        return self._call(calls.rollback(domain))

    def create_job(
        self,
        photos: Iterable[Photo],
        change: Change,
        **options: Unpack[JobOptions],
    ) -> Job:
        """Starts the same edit on many photos."""
        return self._call(calls.create_job(photos, change, options))

    def job(self, id: str) -> JobDetail:
        """How it stands with a job."""
        return self._call(calls.job(id))

    def items(self, id: str) -> list[Item]:
        """What became of each photo of a job."""
        return self._follow(all_items(id, self._retries))

    def wait(self, id: str, *, every: float = 1.0, timeout: float | None = None) -> JobDetail:
        """The job once it has ended, however it did; asks each `every` seconds. Raises TimeoutError."""
        return self._follow(until_ended(id, every, timeout, self._retries))

    def result(self, id: str, path: str | os.PathLike[str]) -> Path:
        """Streams the zip of a job's edited photos to `path`, whole or not at all."""
        return self._call(calls.result(id, path))

    def cancel(self, id: str) -> Job:
        """Asks a job to stop; what is already edited can be had."""
        return self._call(calls.cancel(id))

    def retry(self, id: str) -> Job:
        """Goes on with a job that has ended, with its photos that failed or were not begun."""
        return self._call(calls.retry(id))

    def delete(self, id: str) -> None:
        """Removes a job that has ended, with its photos and its results."""
        return self._call(calls.delete(id))

    def close(self) -> None:
        """Lets go of its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, call: Call[T]) -> T:
        return self._follow(attempts(call, self._retries))

    def _follow(self, flow: Flow[T]) -> T:
        try:
            step = next(flow)
            while True:
                try:
                    response = self._do(step)
                except httpx.RequestError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(response)
        except StopIteration as end:
            result: T = end.value
            return result

    def _do(self, step: Call[Any] | float) -> httpx.Response | None:
        if not isinstance(step, Call):
            time.sleep(step)
            return None
        with step.opened() as request, self._http.stream(**request) as response:
            if step.save_to is None or not response.is_success:
                response.read()
                return response
            with whole_file(step.save_to) as file:
                for chunk in response.iter_bytes():
                    file.write(chunk)
            return response
