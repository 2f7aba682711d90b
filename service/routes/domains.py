"""GET /v1/domains: what can be asked for."""

from fastapi import APIRouter

from service.routes.dependencies import Studio, StudioDep
from service.routes.problems import documented
from service.schemas import AttributeView, DomainList, DomainView, ReleaseView
from training.domains import DOMAINS, Domain
from training.images import FORMATS
from training.release import Release

router = APIRouter(tags=["domains"])


@router.get("/v1/domains", operation_id="list_domains", responses=documented())
def list_domains(studio: StudioDep) -> DomainList:
    """What can be edited: the attributes of every domain, which of them exclude each other, and the limits.

    ```sh
    curl http://127.0.0.1:8000/v1/domains
    ```
    """
    return DomainList(domains=[domain_view(domain, studio) for domain in DOMAINS.values()])


def domain_view(domain: Domain, studio: Studio) -> DomainView:
    """A domain with what is loaded of it."""
    release, reason = studio.engine.pool.status(domain.name)
    return DomainView.model_validate(
        {
            "name": domain.name,
            "kind": domain.kind,
            "ready": release is not None,
            "release": release and release_view(release),
            "reason": reason,
            "attributes": [attribute_view(domain, name) for name in domain.attributes],
            "exclusive": domain.exclusive,
            "size": release and release.size,
            "formats": list(FORMATS),
            "max_bytes": studio.settings.max_bytes,
            "max_pixels": studio.settings.max_pixels,
        }
    )


def release_view(release: Release) -> ReleaseView:
    """A release as the API shows it."""
    return ReleaseView(name=release.name, digest=release.digest)


def attribute_view(domain: Domain, name: str) -> AttributeView:
    """An attribute; its group is named by the last word of its name, which the group shares (Black_Hair: hair)."""
    grouped = len(domain.group(name)) > 1
    group = name.rpartition("_")[2].lower() if grouped else None
    return AttributeView(name=name, label=name.replace("_", " ").capitalize(), group=group)
