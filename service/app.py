"""The HTTP application: routes over the parts of the service. `python -m service api` runs it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware.cors import CORSMiddleware

from service import worker
from service.engine.engine import Engine
from service.engine.runtimes import Load
from service.errors import ServiceError
from service.faces import CenterFaceFinder
from service.jobs.database import Database
from service.jobs.store import JobStore
from service.routes import (
    audit,
    ballots,
    description,
    domains,
    evaluations,
    grids,
    health,
    jobs,
    lineage,
    new_studies,
    page,
    photos,
    presets,
    problems,
    releases,
    samples,
    studies,
    trainings,
    translations,
)
from service.routes.access import Access
from service.routes.admission import Admission, brings_files, photo_domain
from service.routes.bodies import BodyLimit, Cap
from service.routes.dependencies import Studio
from service.routes.events import Board
from service.routes.middleware import Envelope
from service.settings import Settings
from service.storage import open_store

log = logging.getLogger(__name__)

FORM_BYTES = 2**20  # room in a body for what is not the photo
_WORDS, _WORDS_SECONDS = 2**16, 5.0  # bytes and time of a body without photos: JSON is parsed in the event loop

CORS_SENT = ("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-API-Key", "X-Request-ID")
CORS_READ = (
    "Location", "Retry-After", "Server-Timing", "X-Faces", "X-Grid-Columns", "X-Grid-Picture", "X-Grid-Pictures",
    "X-Grid-Rows", "X-Grid-Tile", "X-Release", "X-Request-ID", "X-Runtime",
)  # fmt: skip

_DESCRIPTION = """Translates photos with models trained by INIT (ECCV 2020) and others: attributes of faces (hair
colour, smile, age, ...), and every other domain that has a release, such as seasons or one's own.

Send a photo to `/v1/faces/translate` with the attributes to change, or many to `/v1/jobs/translations`; `/v1/domains`
lists what else can be asked for. Errors always have the body
`{"error": {"code", "message", "request_id"}}`."""


def make_studio(settings: Settings, load: Load | None = None) -> Studio:
    """The service's parts; nothing is opened or loaded yet. `load`: see Engine."""
    engine = Engine(settings, finder=CenterFaceFinder(), load=load)
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
    for module in (
        domains, photos, grids, presets, trainings, evaluations, jobs, releases, lineage, studies, ballots, audit,
        samples, health, page,
    ):  # fmt: skip
        app.include_router(module.router)
    # Many more photos than a job may have get the form parser's own error; a few more get ours.
    for module in (translations, new_studies):
        app.include_router(module.router, form_limits={"max_files": 2 * studio.settings.max_job_files})
    page.mount(app, studio.settings.page_dir)
    description.complete(app)
    app.add_middleware(Admission, entrance=studio.entrance, metrics=studio.metrics)
    app.add_middleware(Access, studio=studio)
    app.add_middleware(BodyLimit, limit=lambda path: body_limit(studio.settings, path))
    app.add_middleware(Envelope, metrics=studio.metrics)
    if origins := studio.settings.allowed_origins:  # outside of all else, so that refusals can be read as well
        app.add_middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=("GET", "POST", "PUT", "DELETE"),
            allow_headers=CORS_SENT, expose_headers=CORS_READ,
        )  # fmt: skip
    studio.metrics.in_flight(lambda: studio.entrance.requests)
    return app


def body_limit(settings: Settings, path: str) -> Cap:
    """What a body sent to `path` may be."""
    if not brings_files(path):
        message = f"The request is larger than {_WORDS // 2**10} KiB; only photos may be, at their own addresses."
        return Cap(_WORDS, ServiceError("upload_too_large", message), min(_WORDS_SECONDS, settings.body_seconds))
    if photo_domain("POST", path) is None:
        message = f"The upload is larger than {settings.max_job_bytes / 2**20:g} MiB; split it into several jobs."
        error = ServiceError("upload_too_large", message)
        return Cap(settings.max_job_bytes + FORM_BYTES, error, settings.body_seconds)
    message = f"The file is larger than {settings.max_bytes / 2**20:g} MiB; send a smaller one."
    return Cap(settings.max_bytes + FORM_BYTES, ServiceError("image_too_many_bytes", message), settings.body_seconds)


async def _keep_count(studio: Studio) -> None:
    """Puts down, every few seconds, how many photos keys have had, for as long as it is not cancelled."""
    while True:
        await asyncio.sleep(studio.settings.keys_seconds)
        await asyncio.to_thread(_count, studio)


def _count(studio: Studio) -> None:
    try:
        studio.ledger.sync()
    except SQLAlchemyError as error:
        log.warning("What photos keys have had could not be put down: %s", type(error).__name__)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    studio: Studio = app.state.studio
    await asyncio.to_thread(studio.jobs.database.migrate)
    await asyncio.to_thread(_count, studio)
    watch = asyncio.create_task(studio.engine.watch(studio.settings.watch_seconds))
    count = asyncio.create_task(_keep_count(studio))
    yield
    watch.cancel()
    count.cancel()
    await asyncio.to_thread(_count, studio)
    studio.engine.close()
    await asyncio.get_running_loop().shutdown_default_executor()  # what is still looked up there has connections
    studio.jobs.database.close()
