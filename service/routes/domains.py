"""GET /v1/domains: what can be asked for."""

from fastapi import APIRouter

from service.engine.standing import Status
from service.routes.dependencies import Studio, StudioDep
from service.routes.problems import documented
from service.schemas import AttributeView, DomainList, DomainView, JobLimits, ReleaseView
from service.settings import Settings
from training.domains import Domain
from training.images import FORMATS
from training.release import Release

router = APIRouter(tags=["domains"])


@router.get("/v1/domains", operation_id="list_domains", responses=documented())
def list_domains(studio: StudioDep) -> DomainList:
    """What can be edited: the attributes of every domain, which of them exclude each other, and the limits.

    Faces, and every domain that has a release, one's own included: it appears as soon as the release is there. Of a
    domain of kind `attributes` any may be changed; of `unpaired` and `paired`, which are folders of photos, exactly one
    is set.

    ```sh
    curl http://127.0.0.1:8000/v1/domains
    ```
    """
    statuses = studio.engine.pool.statuses().items()
    views = [domain_view(name, domain, status, studio) for name, status in statuses if (domain := status.domain)]
    return DomainList(domains=views, jobs=job_limits(studio.settings))


def job_limits(settings: Settings) -> JobLimits:
    """What one job of photos may bring along."""
    return JobLimits(
        max_files=settings.max_job_files,
        max_photos=settings.max_job_images,
        max_bytes=settings.max_job_bytes,
        folders=bool(settings.allowed_folders),
    )


def domain_view(name: str, domain: Domain, status: Status, studio: Studio) -> DomainView:
    """A domain with what is loaded of it."""
    release = status.release
    return DomainView.model_validate(
        {
            "name": name,
            "kind": domain.kind,
            "ready": release is not None,
            "release": release and release_view(release),
            "runtime": status.runtime,
            "reason": status.reason,
            "attributes": [attribute_view(domain, name) for name in domain.attributes],
            "exclusive": domain.exclusive,
            "size": release and release.size,
            "aligns": domain.align,
            "adjustable": domain.kind != "paired",
            "formats": list(FORMATS),
            "input_formats": [*FORMATS, "heic"],
            "max_bytes": studio.settings.max_bytes,
            "max_pixels": studio.settings.max_pixels,
        }
    )


def release_view(release: Release) -> ReleaseView:
    """A release as the API shows it."""
    return ReleaseView(name=release.name, digest=release.digest)


def attribute_view(domain: Domain, name: str) -> AttributeView:
    """An attribute as people read it."""
    return AttributeView(name=name, label=label(name), group=group_name(domain.group(name)))


def label(name: str) -> str:
    """An attribute's name for people: Black_Hair is "Black hair"."""
    return name.replace("_", " ").capitalize()


def group_name(members: tuple[str, ...]) -> str | None:
    """A group's name: the last word if they share it ("hair"), else its members; None for an attribute by itself."""
    if len(members) == 1:
        return None
    words = {member.rpartition("_")[2].lower() for member in members}
    return words.pop() if len(words) == 1 else " or ".join(label(member) for member in members)
