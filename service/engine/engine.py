"""The engine of a process: a photo goes in, an edited photo comes out; many at a time.

Every request passes the same stages, and while one is decoded others are run, pasted and encoded: the gate (admission),
a codec thread (decode, find faces, make views), the slots of its model (classify, then translate), and a codec thread
again (paste, encode). All queues give way to whoever came first. The event loop only awaits. What one request holds in
memory is its file, its views and, as long as there is room for it, its photo; what cannot be kept is decoded again.
"""

import asyncio
import logging
import math
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from PIL import Image

from service.engine.admission import Abandoned, Gate, Request
from service.engine.heap import keep_freed
from service.engine.loaded import Loaded
from service.engine.loop import Loop
from service.engine.memory import Memory
from service.engine.orders import Edit, Found, Order, Prediction, Sheet
from service.engine.pool import ModelPool
from service.engine.runtimes import Load
from service.engine.runtimes.choose import loader
from service.engine.stages import Stages, in_codec, make_codec
from service.engine.translate import Layer, Opener, check_order, layers_of, paste_all
from service.errors import ServiceError
from service.faces import FaceFinder
from service.metrics import Metrics
from service.settings import Settings
from training.domains import AttributeChangeError, decide
from training.images import ImageError, Limits, check_sides, decode, result_format
from training.registry import Registry

log = logging.getLogger(__name__)

T = TypeVar("T")

CPU_PHOTOS, GPU_PHOTOS = 16, 32  # that keep a machine of few cores busy, and a GPU, while half of them are put down


class Engine:
    """Edits photos. Its coroutines may be used from any event loop, of several threads too.

    Cancelling one takes its request out of the queues; what runs already ends unseen.

    Args:
        settings: limits, sizes and where the releases are.
        metrics: is told of every stage; default: one of its own.
        finder: finds faces; None: photos of faces are taken as framed like the training data.
        load: makes a Runtime of a release; default: the fastest that the settings allow.
    """

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics | None = None,
        finder: FaceFinder | None = None,
        load: Load | None = None,
    ) -> None:
        keep_freed()
        self._settings, self.metrics = settings, metrics or Metrics()
        self._limits = Limits(settings.max_bytes, settings.max_pixels)
        self._finder = finder
        self._gate = Gate(settings.max_waiting)
        self._codec = make_codec(settings.codec_threads, 2 * settings.max_waiting)
        self._memory = Memory(settings.kept_pixels)
        registry = Registry(settings.releases_dir)
        self.pool = ModelPool(
            registry, load or loader(settings), self.metrics, settings.batch_pixels, settings.max_pinned
        )
        self.metrics.queue_depth(self.pool.depth)
        self._loop = Loop()

    @property
    def inside(self) -> int:
        """How many requests are in work or wait."""
        return self._gate.inside

    def at_once(self, domain: str) -> int:
        """How many photos keep it busy, by the settings or by the machine. Raises ServiceError where there is no model.

        On a GPU they are run together. They all find a place, as bulk too: see Gate.
        """
        on_gpu = "cuda" in self.pool.get(domain).runtime.name
        busy = self._settings.worker_photos or (GPU_PHOTOS if on_gpu else max(CPU_PHOTOS, 4 * (os.cpu_count() or 1)))
        return min(busy, math.ceil(self._settings.max_waiting / 2))

    @property
    def draining(self) -> bool:
        """Whether no request is let in any more."""
        return self._gate.draining

    def refusal(self, arrived: int) -> ServiceError | None:
        """Why a request would not be let in now, so that one may be told before its photo is read; None if it would.

        Args:
            arrived: requests whose photos are there and which have not been answered.
        """
        return self._gate.refusal(False, self._settings.deadline_seconds, arrived)

    async def translate_soon(self, domain: str, data: bytes, order: Order) -> Edit:
        """Edits the photo in `data`.

        Raises:
            ImageError: the photo cannot be used.
            AttributeChangeError: the change cannot be asked for.
            ServiceError: whatever else is wrong.
        """
        return await self._translate(domain, data, order, self._settings.deadline_seconds)

    def translate(self, domain: str, data: bytes, order: Order) -> Edit:
        """`translate_soon`, without a deadline, for threads that may be blocked."""
        return self._loop.run(self._translate(domain, data, order, math.inf))

    async def _translate(self, domain: str, data: bytes, order: Order, seconds: float) -> Edit:
        async with self._stages(domain, order, seconds) as stages:
            check_order(stages.loaded.release.domain, order)
            request, opener = stages.request, self._opener(stages.loaded)
            format = order.format or result_format(data)
            opened = await stages.codec(partial(opener.open, request, data, order))
            check_sides(opened.size, format)  # before it is worked on for nothing
            with self._memory.keeping(opened):
                layers = layers_of(order)
                outputs = await stages.translate(opened.views, [layer.change for layer in layers])
                job = partial(opener.finish, request, data, opened, layers, outputs, format)
                result = await stages.codec(job)
            loaded = stages.loaded
            return Edit(result, format, loaded.release, loaded.runtime.name, request.timings, opened.faces)

    async def grid_soon(
        self, domain: str, data: bytes, orders: Sequence[Order], draw: Callable[[Sheet], T]
    ) -> tuple[Sheet, T]:
        """Several edits of one photo as small pictures; orders may differ in `change` and `strength` alone.

        Each change is one run of the model, whatever its strengths. Raises as `translate_soon`.

        Args:
            draw: makes a file of them, in a thread that encodes.
        """
        first = orders[0]
        async with self._stages(domain, first, self._settings.deadline_seconds) as stages:
            for order in orders:
                check_order(stages.loaded.release.domain, order)
            request, loaded = stages.request, stages.loaded
            opened = await stages.codec(partial(self._opener(loaded).open_small, request, data, first))
            photo, views = opened.photo, opened.views
            assert photo is not None
            changes = [dict(each) for each in dict.fromkeys(tuple(order.change.items()) for order in orders)]
            layers = [Layer(dict(order.change), order.strength) for order in orders]
            outputs = await stages.translate(views, changes)
            cells = await stages.codec(
                lambda: tuple(
                    paste_all(request, photo, views, [layer], [outputs[changes.index(layer.change)]])
                    for layer in layers
                )
            )
            sheet = Sheet(photo, cells, loaded.release, loaded.runtime.name, request.timings, opened.faces)

            def encode() -> T:
                with request.stage("encode"):
                    return draw(sheet)

            return sheet, await stages.codec(encode)

    async def predict_soon(
        self, domain: str, data: bytes, face: int = 0, aligned: bool = False, release: str | None = None
    ) -> Prediction:
        """What the photo in `data`, or one face of it, shows. Raises ImageError and ServiceError."""
        order = Order({}, face=face, aligned=aligned, release=release)
        async with self._stages(domain, order, self._settings.deadline_seconds) as stages:
            request, loaded = stages.request, stages.loaded
            opened = await stages.codec(partial(self._opener(loaded).open_to_see, request, data, order))
            opened.photo = None
            (probabilities,) = await stages.predict(opened.views)
            names = loaded.release.domain.attributes
            shown = dict(zip(names, decide(loaded.release.domain, probabilities), strict=True))
            rounded = {name: round(each, 4) for name, each in zip(names, probabilities, strict=True)}
            found = opened.faces[0] if opened.faces else None
            runtime = loaded.runtime.name
            return Prediction(shown, rounded, *opened.size, loaded.release, runtime, request.timings, found)

    async def find_faces_soon(self, data: bytes) -> Found:
        """The faces of a photo; none are no error. Raises ImageError and ServiceError."""
        async with self._admitted("faces", False, self._settings.deadline_seconds) as request:
            return await in_codec(self._codec, request, partial(find_all, request, data, self._limits, self._finder))

    def load_tools(self) -> None:
        """Loads what photos need beside a model: the networks that find faces, and the library that pastes edits.

        So the first photo need not wait for it, and libraries are loaded one after another in one thread, not in those
        of several first photos at once.
        """
        import cv2  # see training.images.views

        cv2.setNumThreads(1)  # its helpers gain nothing at this and, waiting for work, take turns with those that work

        if self._finder:
            try:
                self._finder.find(Image.new("RGB", (64, 64)))
            except Exception as error:  # a library that is missing, or whatever it raises: the rest goes on
                log.warning("Faces are not found, so only photos framed already are edited: %s.", error)

    async def watch(self, seconds: float) -> None:
        """Takes up what is promoted, for ever."""
        await asyncio.to_thread(self.load_tools)
        while True:
            await asyncio.to_thread(self.pool.refresh)
            await asyncio.sleep(seconds)

    async def drain(self, seconds: float) -> bool:
        """Lets nobody in any more, and waits for those who are inside; whether all are done within `seconds`."""
        self._gate.draining = True
        end = time.monotonic() + seconds
        while self.inside and time.monotonic() < end:
            await asyncio.sleep(0.02)
        return not self.inside

    def close(self) -> None:
        """Ends all threads; what waits is answered with shutting_down."""
        self._gate.draining = True
        self._codec.close()
        self.pool.close()
        self._loop.close()

    def _opener(self, loaded: Loaded) -> Opener:
        return Opener(loaded.release, loaded.runtime.multiple, self._finder, self._limits, self._settings.max_faces)

    @asynccontextmanager
    async def _stages(self, domain: str, order: Order, seconds: float) -> AsyncIterator[Stages]:
        async with (
            self._admitted(domain, order.priority == "bulk", seconds) as request,
            self._taken(domain, order.release) as loaded,
        ):
            yield Stages(request, self._codec, loaded, self._settings.tile_pixels)
            for stage, milliseconds in vars(request.timings).items():
                self.metrics.stage(loaded.release.domain.name, loaded.label, stage, milliseconds / 1000)

    @asynccontextmanager
    async def _admitted(self, domain: str, bulk: bool, seconds: float) -> AsyncIterator[Request]:
        try:
            with self._gate.enter(bulk, seconds) as request:
                async with asyncio.timeout(seconds if math.isfinite(seconds) else None):
                    yield request
        except (TimeoutError, Abandoned) as error:
            self.metrics.rejected(domain, "deadline_exceeded")
            raise ServiceError("deadline_exceeded", retry_after=self._gate.retry_after()) from error
        except ServiceError as error:
            self.metrics.rejected(domain, error.problem.code)
            raise
        except (ImageError, AttributeChangeError) as error:
            self.metrics.rejected(domain, error.code)
            raise

    @asynccontextmanager
    async def _taken(self, domain: str, pin: str | None) -> AsyncIterator[Loaded]:
        while (loaded := self.pool.take(domain, pin)) is None:
            assert pin is not None
            await asyncio.wrap_future(self.pool.loader.submit(self.pool.fetch, domain, pin))
        try:
            yield loaded
        finally:
            self.pool.give_back(loaded)


def find_all(request: Request, data: bytes, limits: Limits, finder: FaceFinder | None) -> Found:
    """All faces of the photo in `data`. Raises ImageError."""
    with request.stage("decode"):
        photo = decode(data, limits)
    with request.stage("find"):
        faces = tuple(finder.find(photo) if finder else ())
    return Found(faces, photo.width, photo.height, request.timings)
