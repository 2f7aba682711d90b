"""For those who watch over the service: is it alive, can it work, and what does it do. Cheap, also under load."""

import asyncio
from collections.abc import Callable
from typing import Any

import redis
from fastapi import APIRouter, Request, Response, status
from sqlalchemy.exc import SQLAlchemyError

from service.engine.standing import Status
from service.errors import LOADING
from service.metrics import MEDIA_TYPE
from service.routes.dependencies import Studio, StudioDep
from service.routes.probes import Probe
from service.schemas import Check, Checks, DomainCheck, Live, Readiness

router = APIRouter(tags=["health"])

_NOT_READY: dict[int | str, dict[str, Any]] = {503: {"model": Readiness, "description": "Not ready; checks say why."}}


@router.get("/health/live", operation_id="get_liveness")
async def get_liveness() -> Live:
    """Answers as long as the process can answer anything.

    ```sh
    curl http://127.0.0.1:8000/health/live
    ```
    """
    return Live()


@router.get("/health/ready", operation_id="get_readiness", responses=_NOT_READY)
async def get_readiness(request: Request, studio: StudioDep, response: Response) -> Readiness:
    """Whether database, broker and models are there, each with what is wrong.

    A domain without a model does not make the service unready as long as another has one. The worker's check is for
    information. What is known of database, broker and worker may be two seconds old. A service that is stopping is
    `draining`: it finishes what it has accepted.

    ```sh
    curl http://127.0.0.1:8000/health/ready
    ```
    """
    pool = studio.engine.pool
    looked = pool.looked  # before the models: those that were loaded by then are seen
    database, broker, worker = await asyncio.gather(*(probe.check() for probe in request.app.state.probes))
    domains = {name: _domain(each) for name, each in pool.statuses().items()}
    checks = Checks(database=database, broker=broker, worker=worker, domains=domains)
    models = looked and any(check.ok for check in checks.domains.values())
    ready = database.ok and broker.ok and models and not studio.entrance.draining
    if not ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    response.headers["Cache-Control"] = "no-store"
    return Readiness(
        status="draining" if studio.entrance.draining else "ready" if ready else "not_ready", checks=checks
    )


@router.get("/metrics", include_in_schema=False)
async def get_metrics(studio: StudioDep) -> Response:
    """What the service has done, for Prometheus; scores may be a quarter of a minute old."""
    await studio.score_board.refresh()
    text = await asyncio.to_thread(studio.metrics.text)  # of many processes it takes a while to put together
    return Response(text, headers={"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"})


def probes(studio: Studio) -> tuple[Probe, Probe, Probe]:
    """Those of the database, the broker and the worker, to be kept with the application."""
    return (
        Probe(lambda: _check(studio.jobs.database.check, SQLAlchemyError)),
        Probe(lambda: _check(lambda: _ping(studio.settings.redis_url), redis.RedisError)),
        Probe(lambda: _worker(studio), patience=0),  # for information: nobody waits for it
    )


def _check(probe: Callable[[], None], failure: type[Exception]) -> Check:
    try:
        probe()
    except failure as error:
        return Check(ok=False, detail=f"It does not answer: {type(error).__name__}.")
    return Check(ok=True, detail=None)


def _ping(url: str) -> None:
    with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
        client.ping()


def _worker(studio: Studio) -> Check:
    answers = studio.worker_answers()
    return Check(ok=answers, detail=None if answers else "No worker answers; bulk jobs wait until one does.")


def _domain(domain: Status) -> DomainCheck:
    release = domain.release
    return DomainCheck(
        ok=release is not None,
        detail=domain.reason or (release.name if release else LOADING),
        release=release and f"{release.name}@{release.digest[:12]}",
        runtime=domain.runtime,
        warnings=list(domain.warnings),
    )
