"""The releases of a domain: which there are, and, for whoever sits at the machine, which is served."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request

from service.access.keys import Caller
from service.engine.loaded import Loaded
from service.engine.standing import Listed
from service.errors import ServiceError
from service.jobs.deeds import record, recording
from service.routes.dependencies import CallerDep, Studio, StudioDep, caller_of
from service.routes.domains import domain_view
from service.routes.forms import DomainPath
from service.routes.problems import documented
from service.schemas import DomainView, Promotion, ReleaseDetail, ReleaseList, Rollback
from service.settings import is_loopback
from training.checkpoint import CheckpointError, read_json
from training.release import METRICS, Release

router = APIRouter(prefix="/v1/{domain}", tags=["releases"])

_CHANGE_PROBLEMS = (
    "body_too_slow", "upload_too_large", "invalid_request", "promotion_not_allowed", "unknown_domain",
    "release_not_usable",
)  # fmt: skip


@router.get("/releases", operation_id="list_releases", responses=documented("invalid_request", "unknown_domain"))
def list_releases(studio: StudioDep, domain: DomainPath) -> ReleaseList:
    """The releases of a domain, and which of them is served. Requests may pin any by its digest.

    ```sh
    curl http://127.0.0.1:8000/v1/faces/releases
    ```
    """
    return ReleaseList(releases=[release_detail(each) for each in studio.engine.pool.releases(domain)])


@router.post(
    "/promote",
    operation_id="promote_release",
    responses=documented(*_CHANGE_PROBLEMS, "unknown_release", "promotion_refused"),
)
def promote_release(
    request: Request, studio: StudioDep, caller: CallerDep, domain: DomainPath, promotion: Promotion
) -> DomainView:
    """Serves another release. Answers once it is loaded, checked and in place; where that fails, the old one stays.

    Where the domain has reference photos, the release must be scored on them and be no worse than the one that serves,
    or somebody must answer for it: `{"name": "mine", "override": {"by": "Ada", "why": "..."}}`.

    With an API key of scope `promote`, or from the machine itself where the service listens on the loopback address.

    ```sh
    curl http://127.0.0.1:8000/v1/faces/promote --json '{"name": "newer"}'
    ```
    """
    check_local(request, studio, f"python -m training promote {domain} {promotion.name}")
    change_release(studio, caller, domain, promotion)
    return current(studio, domain)


@router.post("/rollback", operation_id="roll_back_release", responses=documented(*_CHANGE_PROBLEMS))
def roll_back_release(
    request: Request, studio: StudioDep, caller: CallerDep, domain: DomainPath, rollback: Rollback
) -> DomainView:
    """Serves the release that was promoted before the present one again; whatever its scores, as `promote` in all else.

    ```sh
    curl http://127.0.0.1:8000/v1/faces/rollback --json '{"why": "Users saw seams."}'
    ```
    """
    check_local(request, studio, f"python -m training rollback {domain}")
    with studio.engine.pool.changing(domain):
        before = serving(studio, domain)
        data = {"before": before and label(before)}
        studio.engine.pool.roll_back(
            domain, lambda made: noting(studio, caller, "rollback", domain, made.release, rollback.why, data)
        )
    return current(studio, domain)


def change_release(studio: Studio, caller: Caller, domain: str, promotion: Promotion) -> None:
    """Promotes a release if the gate lets it, or somebody answers for it, and notes that. Raises ServiceError."""
    pool, override = studio.engine.pool, promotion.override
    with pool.changing(domain):  # what is compared is what serves
        candidate, before = pool.named(domain, promotion.name), serving(studio, domain)
        verdict = studio.gate.look(domain, candidate, before)
        data = {**verdict.data, "before": before and label(before), "reasons": list(verdict.reasons)}
        why, by = (override.why, {"override_by": override.by}) if override else ("", {})

        def within(made: Loaded) -> AbstractContextManager[None]:
            return noting(
                studio, caller, "promote", domain, candidate, why, {**data, "runtime": made.runtime.name, **by}
            )

        try:
            if verdict.reasons and override is None:
                raise ServiceError("promotion_refused", refusal(candidate, verdict.reasons))
            pool.promote(domain, promotion.name, within)
        except ServiceError as error:
            record(studio.jobs.database, caller.who, "refuse", domain, label(candidate), str(error), data)
            raise


def serving(studio: Studio, domain: str) -> Release | None:
    """The release that serves a domain now. Raises ServiceError where there is no such domain."""
    studio.engine.pool.known(domain)
    return studio.engine.pool.statuses()[domain].release


def refusal(release: Release, reasons: Sequence[str]) -> str:
    """The sentences of a release that may not be promoted."""
    return " ".join(
        [
            f"{release.name} is not promoted:",
            *reasons,
            'To promote it all the same, send {"override": {"by": "your name", "why": "..."}} beside its name.',
        ]
    )


def noting(
    studio: Studio, caller: Caller, what: str, domain: str, release: Release, why: str, data: Mapping[str, Any]
) -> AbstractContextManager[None]:
    """Writes into the audit log what is done within about a release."""
    return recording(studio.jobs.database, caller.who, what, domain, label(release), why, data)


def label(release: Release) -> str:
    """A release as logs name it."""
    return f"{release.name}@{release.digest[:12]}"


def release_detail(listed: Listed) -> ReleaseDetail:
    """A release as the API lists it."""
    release = listed.release
    return ReleaseDetail(
        name=release.name,
        digest=release.digest,
        size=release.size,
        promoted=listed.promoted,
        loaded=listed.runtime is not None,
        runtime=listed.runtime,
        metrics=mean_scores(release.path / METRICS),
    )


def mean_scores(file: Path) -> dict[str, float] | None:
    """The means that a release's metrics.json names; None where it names none."""
    try:
        mean = read_json(file).get("mean")
    except (CheckpointError, OSError):
        return None
    return mean and {name: round(value, 4) for name, value in mean.items() if isinstance(value, int | float)}


def current(studio: Studio, domain: str) -> DomainView:
    """A domain as it is served now."""
    status = studio.engine.pool.statuses()[domain]
    assert status.domain, "it has just been loaded"
    return domain_view(domain, status.domain, status, studio)


def check_local(request: Request, studio: Studio, command: str) -> None:
    """Raises ServiceError unless the request has an API key, or is made at this machine, by no other site's page.

    Of a key, the scope was asked for before (service.routes.access).
    The name in the address counts too: a page of a stranger whose name was made to mean this machine has that name.
    """
    if caller_of(request).id:
        return
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    places = (studio.settings.host, request.url.hostname or "", request.client.host if request.client else "")
    same_origin = origin is None or origin == f"{request.url.scheme}://{host}"
    if not (same_origin and all(is_loopback(place) for place in places)):
        raise ServiceError(
            "promotion_not_allowed",
            "Without an API key, releases are promoted over HTTP only where the service listens on the loopback "
            f"address and the request comes from there; run `{command}`.",
        )
