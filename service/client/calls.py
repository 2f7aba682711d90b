"""What each method of the clients asks for: the request as data, and how its answer is read. Does no I/O but of photos.

A caller's file objects are read when the call is made, since it may have to be sent more than once; photos given by
path are opened for each try and never wholly in memory.
"""

import json
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Generic, Literal, TypedDict, TypeVar
from urllib.parse import quote

import httpx

from service.client import answers
from service.client.answers import Domain, Faces, Items, Job, JobDetail, ReleaseDetail, Result, Shown

T = TypeVar("T")

Photo = str | os.PathLike[str] | bytes | BinaryIO
Format = Literal["jpeg", "png", "webp"]
Priority = Literal["interactive", "bulk"]
Urgency = Literal["low", "normal", "high"]
_PAGE = 1000  # photos of a job that are asked for at once
Change = Mapping[str, bool]  # attribute to wanted value
Named = tuple[str, Path | bytes]  # what to call it, what it is


class Viewing(TypedDict, total=False):
    """How a photo is looked at; what is left out of any options is the service's default.

    `aligned` takes it as framed like the training data and looks for no face; `release` pins one by its digest.
    """

    aligned: bool
    release: str


class OneFace(Viewing, total=False):
    """`face`: a place in what `faces` lists."""

    face: int


class GridOptions(OneFace, total=False):
    """What else may be said of a grid."""

    format: Format
    priority: Priority


class Options(Viewing, total=False):
    """What else may be said of an edit; `strength`: 0 the photo itself, 1 as trained, up to 2.

    `strengths`: of single attributes that are changed, in place of `strength`.
    """

    strength: float
    strengths: Mapping[str, float]
    face: int | Literal["all"]
    format: Format
    priority: Priority


class JobOptions(TypedDict, total=False):
    """What else may be said of a job; `domain` is faces unless it is said. Strengths are as in `Options`."""

    domain: str
    strength: float
    strengths: Mapping[str, float]
    format: Format
    aligned: bool
    priority: Urgency


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request.

    Attributes:
        path: of the address.
        parse: reads the answer, once it is known to be no error.
        method: of HTTP.
        form: fields of a form.
        photos: that go with the form, in the field `field`.
        json: the body, in place of a form.
        headers: beside those that every call has.
        query: after the path.
        repeatable: whether doing it twice is as doing it once. If not, it is sent again only where it surely did not
            arrive.
        save_to: file that the answer's body is streamed to.
    """

    path: str
    parse: Callable[[httpx.Response], T]
    method: str = "GET"
    form: Mapping[str, str] = field(default_factory=dict)
    photos: tuple[Named, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str | int] = field(default_factory=dict)
    field: str = "image"
    json: Mapping[str, str] | None = None
    repeatable: bool = True
    save_to: Path | None = None

    @contextmanager
    def opened(self) -> Iterator[dict[str, Any]]:
        """The call as keyword arguments for httpx' `stream`, its photos open."""
        with ExitStack() as stack:
            opened = [
                (self.field, (name, photo if isinstance(photo, bytes) else stack.enter_context(photo.open("rb"))))
                for name, photo in self.photos
            ]
            yield {
                "method": self.method, "url": self.path, "data": self.form, "files": opened, "json": self.json,
                "headers": self.headers, "params": self.query,
            }  # fmt: skip


def domains() -> Call[list[Domain]]:
    return Call("/v1/domains", lambda response: answers.body(response)["domains"])


def attributes(domain: str, photo: Photo, options: OneFace) -> Call[Shown]:
    return Call(_of(domain, "attributes"), answers.body, "POST", _form(options), (named(photo),))


def faces(domain: str, photo: Photo) -> Call[Faces]:
    return Call(_of(domain, "faces"), answers.body, "POST", photos=(named(photo),))


def translate(domain: str, photo: Photo, change: Change, options: Options) -> Call[Result]:
    form = _form({"attributes": change, **options})
    return Call(_of(domain, "translate"), answers.result, "POST", form, (named(photo),))


def grid(
    domain: str,
    photo: Photo,
    change: Change | Sequence[Change] | None,
    strengths: Sequence[float] | None,
    zip: bool,
    options: GridOptions,
) -> Call[Result]:
    said = {"attributes": change, "strengths": strengths, "as": "zip" if zip else "sheet", **options}
    return Call(_of(domain, "grid"), answers.result, "POST", _form(said), (named(photo),))


def releases(domain: str) -> Call[list[ReleaseDetail]]:
    return Call(_of(domain, "releases"), lambda response: answers.body(response)["releases"])


def promote(domain: str, name: str) -> Call[Domain]:
    return Call(_of(domain, "promote"), answers.body, "POST", json={"name": name})


def rollback(domain: str) -> Call[Domain]:
    return Call(_of(domain, "rollback"), answers.body, "POST", json={}, repeatable=False)


def create_job(photos: Iterable[Photo], change: Change, options: JobOptions) -> Call[Job]:
    form, files = _form({"attributes": change, **options}), tuple(map(named, photos))
    once = {"Idempotency-Key": uuid.uuid4().hex}  # so that it may be sent again
    return Call("/v1/jobs/translations", answers.body, "POST", form, files, field="images", headers=once)


def job(id: str) -> Call[JobDetail]:
    return Call(_job(id), answers.body)


def items(id: str, after: int) -> Call[Items]:
    return Call(_job(id, "/items"), answers.body, query={"after": after, "limit": _PAGE})


def cancel(id: str) -> Call[Job]:
    return Call(_job(id, "/cancel"), answers.body, "POST", repeatable=False)


def retry(id: str) -> Call[Job]:
    return Call(_job(id, "/retry"), answers.body, "POST", repeatable=False)


def delete(id: str) -> Call[None]:
    return Call(_job(id), lambda response: None, "DELETE", repeatable=False)


def result(id: str, path: str | os.PathLike[str]) -> Call[Path]:
    target = Path(path)
    return Call(_job(id, "/result"), lambda response: target, save_to=target)


def named(photo: Photo) -> Named:
    """A photo with the name that it has for people."""
    if isinstance(photo, bytes):
        return "photo", photo
    if isinstance(photo, str | os.PathLike):
        return Path(photo).name, Path(photo)
    return Path(str(getattr(photo, "name", "photo"))).name, photo.read()


def _form(said: Mapping[str, Any]) -> dict[str, str]:
    stated = {name: value for name, value in said.items() if value is not None}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in stated.items()}


def _of(domain: str, what: str) -> str:
    return f"/v1/{quote(domain, safe='')}/{what}"


def _job(id: str, what: str = "") -> str:
    return f"/v1/jobs/{quote(id, safe='')}{what}"
