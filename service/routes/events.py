"""Jobs as server-sent events. However many watch a job, the database is asked once a tick, and a part made once."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from service.jobs.models import ENDED, Event, Item, Job
from service.jobs.store import JobStore, event_number
from service.routes.views import item_view, job_view

TICK_SECONDS = 0.5
SILENCE_TICKS = 30  # after which a comment is sent, so that proxies do not take the connection for dead
PART = 200  # photos that are told of at once


class Board:
    """Where jobs are watched. To be used from one event loop.

    Args:
        store: the jobs.
        closing: whether the service is about to stop: whoever watches is let go, and may come back.
    """

    def __init__(self, store: JobStore, closing: Callable[[], bool]) -> None:
        self._store, self._closing = store, closing
        self._topics: dict[str, _Topic] = {}

    async def watch(self, job_id: str, after: int) -> AsyncIterator[bytes]:
        """The events of a job that come after event `after`, until it has ended."""
        with self._topic(job_id) as topic:
            told, silent = b"", 0
            while not self._closing():
                job = await topic.job()
                if job is None:  # removed
                    return
                while after < job.events and (part := await topic.part(after)).last > after:
                    after, silent = part.last, 0
                    yield part.data
                if (news := _event("job", job_view(job).model_dump_json())) != told:
                    told, silent = news, 0
                    yield news
                if job.state in ENDED:
                    return
                silent += 1
                if silent % SILENCE_TICKS == 0:
                    yield b": still there\n\n"
                await topic.tick()

    @contextmanager
    def _topic(self, job_id: str) -> Iterator["_Topic"]:
        topic = self._topics.setdefault(job_id, _Topic(self._store, job_id))
        topic.watchers += 1
        try:
            yield topic
        finally:
            topic.watchers -= 1
            if not topic.watchers:
                self._topics.pop(job_id, None)


class _Part:
    """Some events, as they are sent, and the number of the last."""

    def __init__(self, data: bytes, last: int) -> None:
        self.data, self.last = data, last


class _Topic:
    """A job that is watched: what was asked of the database in this tick, for all who watch."""

    def __init__(self, store: JobStore, job_id: str) -> None:
        self._store, self._job_id = store, job_id
        self._job: asyncio.Task[Job | None] | None = None
        self._parts: dict[int, asyncio.Task[_Part]] = {}
        self._tick: asyncio.Task[None] | None = None
        self.watchers = 0

    async def job(self) -> Job | None:
        """The job, None if it is gone."""
        if self._job is None:
            self._job = asyncio.create_task(asyncio.to_thread(self._store.find, self._job_id))
        return await asyncio.shield(self._job)

    async def part(self, after: int) -> _Part:
        """What comes after an event."""
        if after not in self._parts:
            self._parts[after] = asyncio.create_task(asyncio.to_thread(self._read, after))
        return await asyncio.shield(self._parts[after])

    async def tick(self) -> None:
        """Waits for the next tick, when what was asked is forgotten."""
        if self._tick is None:
            self._tick = asyncio.create_task(self._wait())
        await asyncio.shield(self._tick)

    async def _wait(self) -> None:
        await asyncio.sleep(TICK_SECONDS)
        self._job, self._tick = None, None
        self._parts.clear()

    def _read(self, after: int) -> _Part:
        news = self._store.news(self._job_id, after, PART)
        return _Part(b"".join(map(_told, news)), event_number(news[-1]) if news else after)


def _told(news: Item | Event) -> bytes:
    if isinstance(news, Event):
        return _event(news.name, json.dumps(news.data), news.number)
    return _event("photo", item_view(news).model_dump_json(), news.ended)


def _event(name: str, data: str, id: int | None = None) -> bytes:
    number = "" if id is None else f"id: {id}\n"
    return f"{number}event: {name}\ndata: {data}\n\n".encode()
