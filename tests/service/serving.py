"""The application in this process, over real HTTP, with runtimes that tests can hold up."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from service.app import create_app
from service.engine.engine import Engine
from service.engine.runtimes import Runtime
from service.engine.runtimes.choose import load_runtime
from service.faces import FaceFinder
from service.jobs.store import JobStore
from service.protocol import behind
from service.routes.dependencies import Studio
from service.routes.door import Door
from service.settings import Settings
from tests.service.backends import Backends, local
from tests.service.gated import Gated
from training.release import Release

MAX_BYTES, MAX_PIXELS, MAX_JOB_BYTES = 300_000, 1_000_000, 2_000_000


@dataclass
class Served:
    """The application under test."""

    client: httpx.Client
    studio: Studio
    enqueued: list[str]
    models: list[Gated] = field(default_factory=list)

    @property
    def model(self) -> Gated:
        """The model loaded last."""
        return self.models[-1]


@contextmanager
def serve(
    releases: Path,
    folder: Path,
    ready: bool = True,
    finder: FaceFinder | None = None,
    backends: Backends | None = None,
    **settings: object,
) -> Iterator[Served]:
    """Serves the application from `folder`; waits until what is promoted is loaded if `ready`."""
    values: dict[str, object] = {
        "data_dir": folder, "releases_dir": releases, "page_dir": folder / "page", "max_bytes": MAX_BYTES,
        "max_pixels": MAX_PIXELS, "max_job_images": 8, "max_job_files": 5, "max_job_bytes": MAX_JOB_BYTES,
        "watch_seconds": 0.05, "redis_url": "redis://127.0.0.1:1/0",
    }  # fmt: skip
    chosen = Settings.model_validate(values | settings)
    models: list[Gated] = []

    def load(release: Release) -> Runtime:
        models.append(Gated(load_runtime(release, "torch", "cpu")))
        return models[-1]

    engine = Engine(chosen, finder=finder, load=load)
    kept = backends or local(folder)
    store, enqueued = JobStore(kept.database), list[str]()
    studio = Studio(chosen, engine, store, kept.blobs, lambda job: enqueued.append(job.id), lambda: False)
    with (
        _listening(create_app(studio), studio.door) as url,
        httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
    ):
        while ready and not engine.pool.looked:
            time.sleep(0.01)
        yield Served(client, studio, enqueued, models)


@contextmanager
def _listening(app: FastAPI, door: Door) -> Iterator[str]:
    config = uvicorn.Config(app, port=0, http=behind(door), log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()
