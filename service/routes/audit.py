"""For those who answer for the service: what was done with it, and what it keeps. With keys, for `admin` alone."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic.json_schema import SkipJsonSchema

from service.access.schemas import DeedList, DeedView, Retention
from service.jobs.deeds import newest
from service.jobs.retention import kept
from service.routes.dependencies import StudioDep
from service.routes.problems import documented

router = APIRouter(prefix="/v1", tags=["access"])

LimitQuery = Annotated[int, Query(ge=1, le=1000, description="The most deeds to list.", examples=[100])]
BeforeQuery = Annotated[
    int | SkipJsonSchema[None],
    Query(ge=1, le=2**31 - 1, description="Only deeds before this one: `next` of the part before.", examples=[1000]),
]
WhatQuery = Annotated[list[str], Query(description="Only what was done in these ways.", examples=[["promote"]])]


@router.get("/audit", operation_id="list_deeds", responses=documented("invalid_request"))
def list_deeds(
    studio: StudioDep,
    limit: LimitQuery = 100,
    before: BeforeQuery = None,
    what: WhatQuery = [],  # noqa: B006 - FastAPI copies it
) -> DeedList:
    """What was done, by whom and when: keys, jobs and promotions, by their ids; nothing of photos. The newest first.

    ```sh
    curl 'http://127.0.0.1:8000/v1/audit?what=create_job&what=delete_job'
    ```
    """
    found = newest(studio.jobs.database, limit, before, what)
    deeds = [DeedView.model_validate(deed, from_attributes=True) for deed in found]
    return DeedList(deeds=deeds, next=deeds[-1].id if len(deeds) == limit else None)


@router.get("/retention", operation_id="get_retention", responses=documented())
def get_retention(studio: StudioDep) -> Retention:
    """What is kept of jobs and how old it is. Ended jobs go with their photos and results after a time.

    ```sh
    curl http://127.0.0.1:8000/v1/retention
    ```
    """
    hours = studio.settings.retention_hours
    return Retention(hours=hours, **vars(kept(studio.jobs, studio.blobs, hours)))
