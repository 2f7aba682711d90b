"""What routes need of the service, as one object that the application carries."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from service.engine.engine import Engine
from service.jobs.files import Files
from service.jobs.models import Job
from service.jobs.store import JobStore
from service.metrics import Metrics
from service.routes.admission import Entrance
from service.settings import Settings
from service.storage import BlobStore


@dataclass(frozen=True)
class Studio:
    """The parts of the service.

    `enqueue` hands a job to the workers of its kind; `worker_answers` asks whether there is one. Neither raises.
    """

    settings: Settings
    engine: Engine
    jobs: JobStore
    blobs: BlobStore
    enqueue: Callable[[Job], None]
    worker_answers: Callable[[], bool]

    @cached_property
    def entrance(self) -> Entrance:
        """Where requests are let in."""
        return Entrance(self.engine.refusal, self.settings.max_waiting, self.settings.max_requests)

    @cached_property
    def files(self) -> Files:
        """The photos and the results of jobs."""
        return Files(self.blobs, self.settings.allowed_folders, self.settings.max_bytes)

    @property
    def metrics(self) -> Metrics:
        """What is counted."""
        return self.engine.metrics


def get_studio(request: Request) -> Studio:
    """The service that this application was made with."""
    studio = request.app.state.studio
    assert isinstance(studio, Studio)
    return studio


StudioDep = Annotated[Studio, Depends(get_studio)]
