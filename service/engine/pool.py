"""The promoted release of every domain, loaded: it is replaced when the promotion changes, and kept when that fails.

Which domains there are is looked up as well, so that a new one is served without a restart.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import torch
from torch import Tensor

from service.errors import ServiceError
from training.domains import DOMAINS, FACES, SYNTHETIC, Domain
from training.registry import Registry
from training.release import Release, Translator, load_translator

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0


@dataclass(frozen=True)
class Status:
    """How it stands with one domain.

    Attributes:
        domain: what it is, as the release that serves it says; None while no release could be read.
        release: that is served.
        reason: why there is none, or not the newest.
    """

    domain: Domain | None
    release: Release | None
    reason: str | None


@dataclass
class Slot:
    """What is kept of one domain; for its first three attributes see Status."""

    domain: Domain | None = None
    translator: Translator | None = None
    reason: str | None = None
    failed: str | None = None  # the promotion that could not be loaded
    failed_at: float = 0.0


class ModelPool:
    """Models by domain: faces, those of the package that have a folder among the releases, and all that have a release.

    Args:
        registry: says what there is and what is promoted.
        model_thread: the one thread in which models run. A new model's first run is there too, because torch keeps
            its helper threads per calling thread, and so that it never competes with a photo.
        load: makes a Translator of a release.

    Attributes:
        looked: whether all domains have been gone through once.
    """

    def __init__(
        self, registry: Registry, model_thread: Executor, load: Callable[[Release], Translator] = load_translator
    ) -> None:
        self._registry, self._model_thread, self._load = registry, model_thread, load
        self._slots = {FACES.name: Slot(FACES)}  # replaced, never changed: other threads read it
        self.looked = False

    def get(self, domain: str) -> Translator:
        """The model that serves `domain` now. Raises ServiceError where there is none."""
        slot = self._slot(domain)
        if slot.translator is None:
            raise _not_ready(domain, slot)
        return slot.translator

    def describe(self, domain: str) -> Domain:
        """What `domain` is, as the release that serves it says. Raises ServiceError where nothing says it."""
        slot = self._slot(domain)
        if (described := _status(slot).domain) is None:
            raise _not_ready(domain, slot)
        return described

    def statuses(self) -> dict[str, Status]:
        """How it stands with every domain, by name."""
        return {domain: _status(slot) for domain, slot in self._slots.items()}

    def refresh(self) -> None:
        """Takes up what was added and promoted since the last call. Slow: not for an event loop. Never raises."""
        try:
            self._slots = {name: self._slots.get(name) or Slot(DOMAINS.get(name)) for name in self._find()}
        except OSError as error:  # a folder that moved while it was read, or a disk that is away: as it was, until then
            log.warning("The releases could not be listed (%s); what is served stays", error)
        for domain, slot in self._slots.items():
            try:
                self._refresh(domain, slot)
            except Exception as error:  # whatever a damaged release raises, the old model goes on
                reason = f"The release of {domain} was not loaded: {error}"
                if reason != slot.reason:
                    log.error(reason, exc_info=error)
                slot.reason = reason
        self.looked = True

    def _find(self) -> list[str]:
        # The synthetic domain is there to check methods with; it is served by those alone who have released it.
        shipped = [name for name in DOMAINS if name != SYNTHETIC.name and (self._registry.root / name).is_dir()]
        return list(dict.fromkeys([FACES.name, *shipped, *self._registry.domains()]))

    def _slot(self, domain: str) -> Slot:
        slots = self._slots
        if domain not in slots:
            raise ServiceError("unknown_domain", f"There is no domain {domain!r}; there are: {', '.join(slots)}.")
        return slots[domain]

    def _refresh(self, domain: str, slot: Slot) -> None:
        name = self._registry.promoted_name(domain)
        if slot.translator is None:
            slot.domain = self._registry.describe(domain) or slot.domain
        if name is None:
            slot.translator = None
            slot.reason = f"No release of {domain} is promoted; {self._remedy(domain)}."
        elif slot.translator is not None and slot.translator.release.name == name:
            slot.reason = slot.failed = None
        elif slot.failed != name or time.monotonic() - slot.failed_at > RETRY_SECONDS:
            slot.failed, slot.failed_at = name, time.monotonic()  # until it is known to work
            self._swap(domain, slot)

    def _remedy(self, domain: str) -> str:
        names = self._registry.names(domain)
        if names:
            return f"run `python -m training promote {domain} {names[-1]}`"
        return f"make one with `python -m training release`, then run `python -m training promote {domain} NAME`"

    def _swap(self, domain: str, slot: Slot) -> None:
        release = self._registry.current(domain)
        if release is None:
            return
        translator = self._load(release)
        self._model_thread.submit(warm_up, translator).result()
        slot.translator, slot.reason, slot.failed = translator, None, None
        log.info("Serving %s %s (%s)", domain, release.name, release.digest[:12])


def warm_up(translator: Translator) -> None:
    """Runs a model once, so that the first photo need not wait, and refuses one whose output is not an image."""
    domain, (height, width) = translator.release.domain, translator.release.size
    images, none = torch.zeros(1, 3, height, width), torch.zeros(1, len(domain.attributes))
    # Between folders there may be a network for each.
    targets = 1 - none if domain.kind == "attributes" else torch.eye(len(domain.attributes))
    _check(translator.predict(images), none)
    for target in targets.split(1):
        _check(translator.translate(images, none, target), images)


def _check(output: Tensor, like: Tensor) -> None:
    if output.shape != like.shape:
        raise ValueError("its output does not have the shape of its input; make the release anew.")
    if not bool(output.isfinite().all()):
        raise ValueError("its output holds numbers that are not finite; make the release anew.")


def _status(slot: Slot) -> Status:
    release = slot.translator.release if slot.translator else None
    return Status(release.domain if release else slot.domain, release, slot.reason)


def _not_ready(domain: str, slot: Slot) -> ServiceError:
    sentence = slot.reason or f"The release of {domain} is being loaded; try again soon."
    return ServiceError("model_not_ready", sentence, retry_after=2)
