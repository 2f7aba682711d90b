"""The releases that are loaded: of every domain the promoted one, and those that requests have pinned.

A promotion is loaded beside what is served and takes its place between two requests; one that cannot be loaded changes
nothing. Which domains there are is looked up as well, so that a new one is served without a restart.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext

from service.engine.loaded import Loaded
from service.engine.priority import stand_back
from service.engine.runtimes import Load
from service.engine.shelf import PIN_DIGITS, SERVED, Shelf
from service.engine.standing import Listed, Slot, Status, not_ready, status
from service.errors import ServiceError
from service.metrics import Metrics
from training.checkpoint import CheckpointError
from training.domains import DOMAINS, Domain
from training.registry import Registry
from training.release import Release

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0

Noting = Callable[[Loaded], AbstractContextManager[None]]
"""Given what was loaded, it is entered around the writing down of it: see Registry.promote."""


class ModelPool:
    """Models by domain: the package's, and all that have a release.

    Args:
        registry: says what there is and what is promoted.
        load: makes a Runtime of a release.
        metrics: is told what is served and what runs.
        batch_pixels: see Loaded.
        max_pinned: releases that stay loaded beside the promoted ones, because requests pin them.

    Attributes:
        looked: whether all domains have been gone through once.
        loader: a thread to load and close in.
    """

    def __init__(
        self,
        registry: Registry,
        load: Load,
        metrics: Metrics,
        batch_pixels: int = 2**21,
        max_pinned: int = 2,
    ) -> None:
        self._registry, self._shelf, self._load, self._metrics = registry, Shelf(registry), load, metrics
        self._batch_pixels, self._max_pinned = batch_pixels, max_pinned
        self._slots = {name: Slot(DOMAINS[name]) for name in SERVED}  # replaced, never changed: other threads read it
        self._pinned: list[Loaded] = []
        self._lock = threading.Lock()  # of what is loaded and who uses it; held for a moment
        self._changing = threading.RLock()  # one change at a time; held for as long as loading takes
        self.loader = ThreadPoolExecutor(1, "loader")
        self.looked = False

    def get(self, domain: str) -> Loaded:
        """The model that serves `domain` now, to look at. Raises ServiceError where there is none."""
        slot = self._slot(domain)
        if (loaded := slot.loaded) is None:
            raise not_ready(domain, slot)
        return loaded

    def take(self, domain: str, pin: str | None = None) -> Loaded | None:
        """The model for one request, to be given back; quick. None where `fetch` has to load it first.

        Args:
            pin: the digest of a release, or at least 12 of its first digits; None: the promoted one.

        Raises:
            ServiceError: there is no such domain, or no model for it.
        """
        with self._lock:
            loaded = self.get(domain) if pin is None else self._match(domain, pin)
            if loaded:
                loaded.users, loaded.used = loaded.users + 1, time.monotonic()
        return loaded

    def give_back(self, loaded: Loaded) -> None:
        """Ends a request's use of a model."""
        with self._lock:
            loaded.users -= 1
            done = loaded.retired and not loaded.users
        if done:
            self._close(loaded)

    def fetch(self, domain: str, pin: str) -> None:
        """Loads a pinned release for `take`; slow. Raises ServiceError where there is none, or it cannot be loaded."""
        self._slot(domain)
        with self._changing:
            made = self._made(self._shelf.pinned(domain, pin))
            if any(made is slot.loaded for slot in self._slots.values()) or made in self._pinned:
                return
            by_use = sorted(self._pinned, key=lambda each: each.used)
            surplus = by_use[: max(0, len(by_use) + 1 - self._max_pinned)]
            self._pinned = [*(each for each in self._pinned if each not in surplus), made]
            self._retire(*surplus)

    def describe(self, domain: str) -> Domain:
        """What `domain` is, as the release that serves it says. Raises ServiceError where nothing says it."""
        slot = self._slot(domain)
        if (described := status(slot).domain) is None:
            raise not_ready(domain, slot)
        return described

    def known(self, domain: str) -> None:
        """Raises ServiceError where there is no such domain."""
        self._slot(domain)

    def statuses(self) -> dict[str, Status]:
        """How it stands with every domain, by name."""
        return {domain: status(slot) for domain, slot in self._slots.items()}

    def depth(self) -> int:
        """How many images wait for a model."""
        return sum(loaded.depth() for loaded in self._all())

    def releases(self, domain: str) -> list[Listed]:
        """All releases of a domain that can be read, by name; slow the first time. Raises ServiceError."""
        serving = self._slot(domain).loaded
        runtimes = {(each.release.domain.name, each.release.digest): each.runtime.name for each in self._all()}
        releases = self._shelf.releases(domain)
        name = serving and serving.release.name
        return [Listed(each, each.name == name, runtimes.get((domain, each.digest))) for each in releases]

    def named(self, domain: str, name: str) -> Release:
        """A release by its name, loaded or not. Raises ServiceError where there is none, or it cannot be read."""
        self._slot(domain)
        return self._shelf.named(domain, name)

    @contextmanager
    def changing(self, domain: str) -> Iterator[None]:
        """Nobody else promotes or rolls back meanwhile, here or in another process; what others have is served by now.

        For whoever looks at what serves before changing it. Raises ServiceError where there is no such domain.
        """
        self._slot(domain)
        with self._changing, self._registry.changing(domain):
            self.refresh(domain)
            yield

    def promote(self, domain: str, name: str, noting: Noting = lambda _: nullcontext()) -> Release:
        """Serves another release from now on; slow. Where others may too, within `changing`, as `roll_back`.

        Raises:
            ServiceError: there is none of that name, or it cannot be loaded; then nothing has changed.
            Exception: whatever `noting` does.
        """
        with self._changing:
            slot, release = self._slot(domain), self._shelf.named(domain, name)
            made = self._made(release)
            with self._written(made):
                self._registry.promote(domain, name, noting(made))
            self._swap(slot, made)
        return release

    def roll_back(self, domain: str, noting: Noting = lambda _: nullcontext()) -> Release:
        """Serves the release that was promoted before; slow. Raises as `promote`, and ServiceError if there is none."""
        with self._changing:
            slot = self._slot(domain)
            try:
                name = self._registry.earlier_name(domain)
            except CheckpointError as error:
                raise ServiceError("release_not_usable", str(error)) from error
            if name is None:
                raise ServiceError("release_not_usable", f"{domain} has no earlier promotion to roll back to.")
            made = self._made(self._shelf.named(domain, name))
            with self._written(made):
                release = self._registry.roll_back(domain, noting(made))
            self._swap(slot, made)
        return release

    def refresh(self, only: str | None = None) -> None:
        """Takes up what was added and promoted since the last call, of one domain or of all.

        Slow: not for an event loop. Never raises.
        """
        with self._changing:
            try:
                slots = {name: self._slots.get(name) or Slot(DOMAINS.get(name)) for name in self._shelf.domains()}
                gone, self._slots = [slot for name, slot in self._slots.items() if name not in slots], slots
                self._retire(*(slot.loaded for slot in gone if slot.loaded))
            except OSError as error:  # a folder that moved meanwhile, or a disk that is away: as it was, until then
                log.warning("The releases could not be listed (%s); what is served stays", error)
            for domain, slot in self._slots.items():
                if only not in (None, domain):
                    continue
                try:
                    self._refresh(domain, slot)
                except Exception as error:  # whatever a damaged release raises, the old model goes on
                    told = isinstance(error, ServiceError)
                    reason = str(error) if told else f"The release of {domain} was not loaded: {error}"
                    if reason != slot.reason:
                        log.error(reason, exc_info=error)
                    slot.reason = reason
            self.looked = True

    def close(self) -> None:
        """Ends all threads; what waits for a model is answered with shutting_down."""
        self.loader.shutdown(wait=True, cancel_futures=True)
        for loaded in self._all():
            loaded.close()

    def _slot(self, domain: str) -> Slot:
        slots = self._slots
        if domain not in slots:
            raise ServiceError("unknown_domain", f"There is no domain {domain!r}; there are: {', '.join(slots)}.")
        return slots[domain]

    def _all(self) -> list[Loaded]:
        return [*(slot.loaded for slot in self._slots.values() if slot.loaded), *self._pinned]

    def _match(self, domain: str, pin: str) -> Loaded | None:
        matching = (
            each
            for each in self._all()
            if each.release.domain.name == domain and len(pin) >= PIN_DIGITS and each.release.digest.startswith(pin)
        )
        return next(matching, None)

    def _refresh(self, domain: str, slot: Slot) -> None:
        name = self._registry.promoted_name(domain)
        if slot.loaded is None:
            slot.domain = self._registry.describe(domain) or slot.domain
        if name is None:
            retired, slot.loaded = slot.loaded, None
            self._retire(*filter(None, [retired]))
            slot.reason = f"No release of {domain} is promoted; {self._shelf.remedy(domain)}."
        elif slot.loaded is not None and slot.loaded.release.name == name:
            slot.reason = slot.failed = None
        elif slot.failed != name or time.monotonic() - slot.failed_at > RETRY_SECONDS:
            slot.failed = name  # until it is known to work
            try:
                self._swap(slot, self._made(self._shelf.named(domain, name)))
            finally:
                slot.failed_at = time.monotonic()

    def _made(self, release: Release) -> Loaded:
        """A release, loaded now unless it is already. Raises ServiceError."""
        stand_back()  # for the threads that a runtime starts
        for each in self._all():
            if (each.release.path, each.release.digest) == (release.path, release.digest):
                return each
        try:
            return Loaded(self._load(release), self._batch_pixels, self._metrics)
        except Exception as error:  # whatever a damaged release raises
            sentence = f"The release {release.name} of {release.domain.name} was not loaded: {error}"
            raise ServiceError("release_not_usable", sentence) from error

    @contextmanager
    def _written(self, made: Loaded) -> Iterator[None]:
        """Has what was loaded closed, and raises, where what is served cannot be written down."""
        try:
            yield
        except Exception as error:
            if made not in self._all():
                self._retire(made)
            if not isinstance(error, CheckpointError | OSError):
                raise
            name = made.release.domain.name
            reason = f"Which release of {name} is served cannot be written down ({error}), so nothing has changed."
            raise ServiceError("release_not_usable", reason) from error

    def _close(self, loaded: Loaded) -> None:
        try:
            self.loader.submit(self._end, loaded)
        except RuntimeError:  # the pool itself is closed
            loaded.close()

    def _end(self, loaded: Loaded) -> None:
        loaded.close()
        # The same release may have been loaded anew meanwhile, while a last request was in hand.
        if all((each.release.domain, each.label) != (loaded.release.domain, loaded.label) for each in self._all()):
            loaded.forget()

    def _swap(self, slot: Slot, made: Loaded) -> None:
        slot.reason = slot.failed = None
        if (old := slot.loaded) is made:
            return
        slot.loaded = made
        self._pinned = [each for each in self._pinned if each is not made]
        domain = made.release.domain.name
        self._metrics.served(domain, made.label, made.runtime.name)
        log.info("Serving %s %s on %s", domain, made.label, made.runtime.name)
        self._retire(*filter(None, [old]))

    def _retire(self, *loaded: Loaded) -> None:
        """Closes models that nobody can take any more, each once its last user is done."""
        for each in loaded:
            with self._lock:
                each.retired = True
                done = not each.users
            if done:
                self._close(each)
