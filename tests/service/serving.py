"""The application in this process, over real HTTP, with models that tests can hold up."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI
from torch import Tensor

from service.app import create_app
from service.engine.engine import Engine
from service.jobs.database import Database
from service.jobs.store import JobStore
from service.routes.dependencies import Studio
from service.settings import Settings
from service.storage import BlobStore
from training.images import Limits
from training.release import Release, Translator, load_translator

MAX_BYTES, MAX_PIXELS, MAX_JOB_BYTES = 300_000, 1_000_000, 2_000_000


class Gated:
    """A model that stands still until `open` is set; `entered` says that it was asked, `asked` how often."""

    def __init__(self, translator: Translator) -> None:
        self.release, self._translator = translator.release, translator
        self.open, self.entered = threading.Event(), threading.Event()
        self.open.set()
        self.asked = 0

    def predict(self, images: Tensor) -> Tensor:
        """As the model, once it may."""
        self.asked += 1
        self.entered.set()
        assert self.open.wait(60)
        return self._translator.predict(images)

    def translate(self, images: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """As the model."""
        return self._translator.translate(images, source, target)


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
def serve(releases: Path, folder: Path, ready: bool = True, **settings: object) -> Iterator[Served]:
    """Serves the application from `folder`; waits until the release is loaded if `ready`."""
    values: dict[str, object] = {
        "data_dir": folder, "releases_dir": releases, "page_dir": folder / "page", "max_bytes": MAX_BYTES,
        "max_pixels": MAX_PIXELS, "max_job_images": 5, "max_job_bytes": MAX_JOB_BYTES, "watch_seconds": 0.05,
        "redis_url": "redis://127.0.0.1:1/0",
    }  # fmt: skip
    chosen = Settings.model_validate(values | settings)
    models: list[Gated] = []

    def load(release: Release) -> Translator:
        models.append(Gated(load_translator(release, "cpu")))
        return models[-1]  # type: ignore[return-value]  # a Translator by its methods

    limits = Limits(chosen.max_bytes, chosen.max_pixels)
    engine = Engine(releases, limits, chosen.codec_threads, chosen.max_waiting, load)
    store, enqueued = JobStore(Database(chosen.database)), list[str]()
    studio = Studio(chosen, engine, store, BlobStore(folder / "blobs"), enqueued.append, lambda: False)
    with _listening(create_app(studio)) as url, httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        while ready and engine.pool.statuses()["faces"].release is None:
            time.sleep(0.01)
        yield Served(client, studio, enqueued, models)


@contextmanager
def _listening(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="none"))
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
