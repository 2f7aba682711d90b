"""What routes need of the service, as one object that the application carries."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from service.access.keys import Caller, Keys
from service.access.ledger import Ledger
from service.access.limits import Turnstile
from service.access.ring import Ring
from service.engine.engine import Engine
from service.jobs.deeds import record
from service.jobs.files import Files
from service.jobs.gate import Gate
from service.jobs.models import Job
from service.jobs.schedules import Schedules
from service.jobs.scores import ScoreBook
from service.jobs.store import JobStore
from service.metrics import Metrics
from service.routes.admission import Entrance
from service.routes.door import Door
from service.routes.score_board import ScoreBoard
from service.settings import Settings
from service.storage import BlobStore
from service.studies.store import Studies


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

    @cached_property
    def ring(self) -> Ring:
        """The API keys that are good."""
        return Ring(Keys(self.jobs.database).valid, self.settings)

    @cached_property
    def ledger(self) -> Ledger:
        """How many photos each of them has had."""
        return Ledger(self.jobs.database)

    @cached_property
    def turnstile(self) -> Turnstile:
        """Where those who vote without a key are counted."""
        return Turnstile(self.settings.ballot_per_minute)

    @cached_property
    def studies(self) -> Studies:
        """Blind studies and their votes."""
        return Studies(self.jobs.database)

    @cached_property
    def scores(self) -> ScoreBook:
        """What evaluations found."""
        return ScoreBook(self.jobs.database)

    @cached_property
    def score_board(self) -> ScoreBoard:
        """What tells the metrics of scores."""
        return ScoreBoard(self.scores, self.engine.pool, self.metrics)

    @cached_property
    def schedules(self) -> Schedules:
        """When releases are evaluated."""
        return Schedules(self.jobs.database)

    @cached_property
    def gate(self) -> Gate:
        """What says whether a release may be promoted."""
        return Gate(self.scores, self.settings.gate, self.settings.references)

    @cached_property
    def door(self) -> Door:
        """Where photos are turned away."""
        return Door(self.entrance, self.metrics, foreign=bool(self.settings.allowed_origins))

    @property
    def metrics(self) -> Metrics:
        """What is counted."""
        return self.engine.metrics


async def get_studio(request: Request) -> Studio:
    """The service that this application was made with. Not asynchronous, it would be a thread's work each time."""
    studio = request.app.state.studio
    assert isinstance(studio, Studio)
    return studio


StudioDep = Annotated[Studio, Depends(get_studio)]


def caller_of(request: Request) -> Caller:
    """Who asks, as service.routes.access found out."""
    caller = request.state.caller
    assert isinstance(caller, Caller)
    return caller


async def get_caller(request: Request) -> Caller:
    """`caller_of`, as a dependency; see get_studio."""
    return caller_of(request)


CallerDep = Annotated[Caller, Depends(get_caller)]


def done(studio: Studio, caller: Caller, what: str, job: Job) -> None:
    """Puts into the audit log what was done to a job: ids and numbers, nothing of its photos."""
    record(studio.jobs.database, caller.who, what, job.domain, job.id, data={"kind": job.kind, "photos": job.total})
