"""The HTTP application: routes over the parts of the service. `python -m service api` runs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from service import worker
from service.engine.engine import Engine
from service.errors import ServiceError
from service.faces import CenterFaceFinder
from service.jobs.database import Database
from service.jobs.store import JobStore
from service.routes import (
    description,
    domains,
    grids,
    health,
    jobs,
    page,
    photos,
    problems,
    releases,
    samples,
    translations,
)
from service.routes.admission import Admission
from service.routes.bodies import BodyLimit
from service.routes.dependencies import Studio
from service.routes.door import Door
from service.routes.events import Board
from service.routes.middleware import Envelope
from service.settings import Settings
from service.storage import open_store

FORM_BYTES = 2**20  # room in a body for what is not the photo

_DESCRIPTION = """Translates photos with models trained by INIT (ECCV 2020) and others: attributes of faces (hair
colour, smile, age, ...), and every other domain that has a release, such as seasons or one's own.

Send a photo to `/v1/faces/translate` with the attributes to change, or many to `/v1/jobs/translations`; `/v1/domains`
lists what else can be asked for. Errors always have the body
`{"error": {"code", "message", "request_id"}}`."""


def make_studio(settings: Settings) -> Studio:
    """The service's parts; nothing is opened or loaded yet."""
    engine = Engine(settings, finder=CenterFaceFinder())
    store, blobs = JobStore(Database(settings.database)), open_store(settings)
    return Studio(settings, engine, store, blobs, worker.enqueue, worker.worker_answers)


def create_app(studio: Studio) -> FastAPI:
    """The application over `studio`."""
    app = FastAPI(
        title="INIT Studio", version="1", description=_DESCRIPTION, lifespan=_lifespan, docs_url=None, redoc_url=None
    )
    app.state.studio, app.state.probes = studio, health.probes(studio)
    app.state.board = Board(studio.jobs, lambda: studio.entrance.draining)
    problems.install(app)
    for module in (domains, photos, grids, jobs, releases, samples, health, page):
        app.include_router(module.router)
    # Many more photos than a job may have get the form parser's own error; a few more get ours.
    app.include_router(translations.router, form_limits={"max_files": 2 * studio.settings.max_job_files})
    page.mount(app, studio.settings.page_dir)
    description.complete(app)
    app.add_middleware(Admission, entrance=studio.entrance, metrics=studio.metrics)
    app.add_middleware(
        BodyLimit, limit=lambda path: body_limit(studio.settings, path), seconds=studio.settings.body_seconds
    )
    app.add_middleware(Envelope, metrics=studio.metrics)
    app.add_middleware(Door, entrance=studio.entrance, metrics=studio.metrics)
    studio.metrics.in_flight(lambda: studio.entrance.requests)
    return app


def body_limit(settings: Settings, path: str) -> tuple[int, ServiceError]:
    """The most bytes that a body sent to `path` may have, and the error if it has more."""
    if path.rstrip("/") == "/v1/jobs/translations":
        most = f"{settings.max_job_bytes / 2**20:g} MiB"
        message = f"The upload is larger than {most}; split it into several jobs."
        return settings.max_job_bytes + FORM_BYTES, ServiceError("upload_too_large", message)
    most = f"{settings.max_bytes / 2**20:g} MiB"
    message = f"The file is larger than {most}; send a smaller one."
    return settings.max_bytes + FORM_BYTES, ServiceError("image_too_many_bytes", message)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    studio: Studio = app.state.studio
    await asyncio.to_thread(studio.jobs.database.migrate)
    watch = asyncio.create_task(studio.engine.watch(studio.settings.watch_seconds))
    yield
    watch.cancel()
    studio.engine.close()
    studio.jobs.database.close()
