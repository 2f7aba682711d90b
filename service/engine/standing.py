"""How it stands with the domains that are served: what the pool keeps of each, and what it tells of it."""

from dataclasses import dataclass

from service.engine.loaded import Loaded
from service.errors import ServiceError
from training.domains import Domain
from training.release import Release


@dataclass(frozen=True)
class Status:
    """How it stands with one domain.

    Attributes:
        domain: what it is, as the release that serves it says; None while no release could be read.
        release: that is served.
        reason: why there is none, or not the newest.
        runtime: the name of what runs it.
        warnings: why a faster runtime does not.
    """

    domain: Domain | None
    release: Release | None
    reason: str | None
    runtime: str | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """One release of a domain: whether it is the one that is served, and what runs it where it is loaded."""

    release: Release
    promoted: bool
    runtime: str | None


@dataclass
class Slot:
    """What is kept of one domain."""

    domain: Domain | None = None
    loaded: Loaded | None = None
    reason: str | None = None
    failed: str | None = None  # the promotion that could not be loaded
    failed_at: float = 0.0


def status(slot: Slot) -> Status:
    """What others are told of a slot."""
    if slot.loaded is None:
        return Status(slot.domain, None, slot.reason, None, ())
    release, runtime = slot.loaded.release, slot.loaded.runtime
    return Status(release.domain, release, slot.reason, runtime.name, runtime.warnings)


def not_ready(domain: str, slot: Slot) -> ServiceError:
    """Why nothing serves a domain."""
    sentence = slot.reason or f"The release of {domain} is being loaded; try again soon."
    return ServiceError("model_not_ready", sentence, retry_after=2)
