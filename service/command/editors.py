"""What edits the photos: the engine, in this process, or a running service."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, cast

from service.client import ApiError, Client, NoAnswer, Options
from service.errors import ServiceError
from service.settings import Settings
from training.domains import AttributeChangeError, Domain
from training.images import ImageError

AT_ONCE = 16  # photos sent to a service at once; one that is too busy for them is asked again

# What would be said of every other photo as well.
_OF_ALL = {
    "unknown_domain", "unknown_attribute", "contradictory_attributes", "invalid_attributes", "invalid_strength",
    "invalid_request", "unknown_release", "release_not_usable", "model_not_ready", "shutting_down", "no_answer",
    "key_required", "invalid_key", "scope_required", "quota_exceeded",
}  # fmt: skip
_NO_FACE = "No face was found; with --aligned the photo is taken as framed like the training data."


class Refused(Exception):
    """Why something was not edited, and what to do; `of_all`: it is not the photo's fault."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(_NO_FACE if code == "no_face" else message)
        self.of_all = code in _OF_ALL


@dataclass(frozen=True)
class Place:
    """Where photos of `domain` are edited: by the service at `url`, or here."""

    domain: str
    url: str | None


@dataclass(frozen=True)
class Wish:
    """What is wanted of every photo; see service.engine.orders.Order."""

    change: Mapping[str, bool]
    strength: float = 1.0
    face: int | Literal["all"] = "all"
    aligned: bool = False
    release: str | None = None


@dataclass(frozen=True)
class Editor:
    """Edits a photo's bytes to bytes of a format.

    Attributes:
        edit: may be called by several threads; also says what made the edit. Raises Refused.
        at_once: how many photos keep it busy.
    """

    edit: Callable[[bytes, str], tuple[bytes, str]]
    at_once: int


def describe(place: Place, settings: Settings) -> Domain:
    """What can be asked of a domain. Raises Refused."""
    with _refusals():
        if place.url:
            return _describe_there(place.domain, place.url, settings.key)
        return _describe_here(place.domain, settings)


@contextmanager
def open_editor(place: Place, settings: Settings, wish: Wish) -> Iterator[Editor]:
    """What edits photos at `place`, until the block is left. Raises Refused where it cannot."""
    url, domain = place.url, place.domain
    with _there(url, domain, wish, settings.key) if url else _here(domain, settings, wish) as editor:
        yield editor


def _describe_there(domain: str, url: str, key: str) -> Domain:
    with _client(url, key, tries=2) as client:
        found = {each["name"]: each for each in client.domains()}
    if domain not in found:
        raise ServiceError("unknown_domain", f"There is no domain {domain!r}; there are: {', '.join(found)}.")
    view = found[domain]
    if not view["ready"]:
        raise ServiceError("model_not_ready", view["reason"])
    names = tuple(attribute["name"] for attribute in view["attributes"])
    return Domain(domain, names, tuple(map(tuple, view["exclusive"])), view["kind"])


def _describe_here(domain: str, settings: Settings) -> Domain:
    from service.engine.shelf import Shelf  # with what it needs: seconds, which --url does without
    from training.checkpoint import CheckpointError
    from training.domains import DOMAINS
    from training.registry import Registry

    shelf = Shelf(Registry(settings.releases_dir))
    if domain not in (known := shelf.domains()):
        raise ServiceError("unknown_domain", f"There is no domain {domain!r}; there are: {', '.join(known)}.")
    try:
        return shelf.registry.describe(domain) or DOMAINS[domain]
    except CheckpointError as error:
        raise ServiceError("release_not_usable", str(error)) from error


@contextmanager
def _here(domain: str, settings: Settings, wish: Wish) -> Iterator[Editor]:
    from service.engine.engine import CPU_PHOTOS, Engine
    from service.engine.orders import Order
    from service.faces import CenterFaceFinder

    engine = Engine(settings, finder=CenterFaceFinder())

    def edit(data: bytes, format: str) -> tuple[bytes, str]:
        with _refusals():
            made = engine.translate(domain, data, Order(**vars(wish), format=format))
        return made.data, f"{made.release.name} on {made.runtime}"

    try:
        engine.pool.refresh(domain)
        with _refusals():
            if wish.release is None:
                engine.pool.get(domain)
        busy = settings.worker_photos or max(CPU_PHOTOS, 2 * (os.cpu_count() or 1))
        yield Editor(edit, min(settings.max_waiting, busy))
    finally:
        engine.close()


@contextmanager
def _there(url: str, domain: str, wish: Wish, key: str) -> Iterator[Editor]:
    said = {name: value for name, value in vars(wish).items() if name != "change" and value is not None}

    def edit(data: bytes, format: str) -> tuple[bytes, str]:
        with _refusals():
            result = client.translate(domain, data, wish.change, **cast(Options, {**said, "format": format}))
        return result.data, f"{result.release['name']} on {result.runtime}"

    with _client(url, key, tries=10, seconds=300) as client:  # others may keep it busy for long
        yield Editor(edit, AT_ONCE)


def _client(url: str, key: str, **bounds: Any) -> Client:
    try:
        return Client(url, key=key, **bounds)
    except ValueError as error:
        raise Refused("no_answer", str(error)) from None


@contextmanager
def _refusals() -> Iterator[None]:
    """Has everything that can be wrong with a photo, or with what is asked, raised as Refused."""
    try:
        yield
    except ServiceError as error:
        raise Refused(error.problem.code, error.message) from error
    except (ImageError, AttributeChangeError) as error:
        raise Refused(error.code, str(error)) from error
    except ApiError as error:
        raise Refused(error.code, error.message) from error
    except NoAnswer as error:
        raise Refused("no_answer", str(error)) from error
