"""For those who watch over the service: is it alive, and can it work."""

from collections.abc import Callable
from typing import Any

import redis
from fastapi import APIRouter, Response, status
from sqlalchemy.exc import SQLAlchemyError

from service.engine.pool import Status
from service.routes.dependencies import Studio, StudioDep
from service.schemas import Check, Checks, Live, Readiness

router = APIRouter(prefix="/health", tags=["health"])

_NOT_READY: dict[int | str, dict[str, Any]] = {503: {"model": Readiness, "description": "Not ready; checks say why."}}


@router.get("/live", operation_id="get_liveness")
async def get_liveness() -> Live:
    """Answers as long as the process can answer anything.

    ```sh
    curl http://127.0.0.1:8000/health/live
    ```
    """
    return Live()


@router.get("/ready", operation_id="get_readiness", responses=_NOT_READY)
def get_readiness(studio: StudioDep, response: Response) -> Readiness:
    """Whether database, broker and models are there, each with what is wrong.

    A domain without a model does not make the service unready as long as another has one. The worker's check is for
    information.

    ```sh
    curl http://127.0.0.1:8000/health/ready
    ```
    """
    pool = studio.engine.pool
    looked = pool.looked  # before the models: those that were loaded by then are seen
    broker = _check(lambda: _ping(studio.settings.redis_url), redis.RedisError)
    checks = Checks(
        database=_check(studio.jobs.database.check, SQLAlchemyError),
        broker=broker,
        worker=_worker(studio, broker),
        domains={name: _domain(each) for name, each in pool.statuses().items()},
    )
    models = looked and any(check.ok for check in checks.domains.values())
    ready = checks.database.ok and checks.broker.ok and models
    if not ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    response.headers["Cache-Control"] = "no-store"
    return Readiness(status="ready" if ready else "not_ready", checks=checks)


def _check(probe: Callable[[], None], failure: type[Exception]) -> Check:
    try:
        probe()
    except failure as error:
        return Check(ok=False, detail=f"It does not answer: {type(error).__name__}.")
    return Check(ok=True, detail=None)


def _ping(url: str) -> None:
    with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
        client.ping()


def _worker(studio: Studio, broker: Check) -> Check:
    answers = broker.ok and studio.worker_answers()
    return Check(ok=answers, detail=None if answers else "No worker answers; bulk jobs wait until one does.")


def _domain(domain: Status) -> Check:
    loaded = domain.release.name if domain.release else "It is being loaded."
    return Check(ok=domain.release is not None, detail=domain.reason or loaded)
