"""The promoted release of every domain, loaded: it is replaced when the promotion changes, and kept when that fails."""

import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import Executor
from dataclasses import dataclass

import torch

from service.errors import ServiceError
from training.registry import Registry
from training.release import Release, Translator, load_translator

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0


@dataclass
class Slot:
    """What one domain has: the loaded model, and why it is not (or not the newest)."""

    translator: Translator | None = None
    reason: str | None = None
    failed: str | None = None  # the promotion that could not be loaded
    failed_at: float = 0.0


class ModelPool:
    """Models by domain.

    Args:
        registry: says what is promoted.
        domains: names of the domains to serve.
        model_thread: the one thread in which models run. A new model's first run is there too, because torch keeps
            its helper threads per calling thread, and so that it never competes with a photo.
        load: makes a Translator of a release.
    """

    def __init__(
        self,
        registry: Registry,
        domains: Collection[str],
        model_thread: Executor,
        load: Callable[[Release], Translator] = load_translator,
    ) -> None:
        self._registry, self._model_thread, self._load = registry, model_thread, load
        self._slots = {domain: Slot() for domain in domains}

    def get(self, domain: str) -> Translator:
        """The model that serves `domain` now. Raises ServiceError where there is none."""
        slot = self._slots[domain]
        if slot.translator is None:
            raise ServiceError(
                "model_not_ready", slot.reason or f"The release of {domain} is being loaded; try again soon.", 2
            )
        return slot.translator

    def status(self, domain: str) -> tuple[Release | None, str | None]:
        """The release being served, and what is wrong."""
        slot = self._slots[domain]
        return (slot.translator.release if slot.translator else None), slot.reason

    def refresh(self) -> None:
        """Loads what has been promoted since the last call. Slow: not for an event loop. Never raises."""
        for domain, slot in self._slots.items():
            try:
                self._refresh(domain, slot)
            except Exception as error:  # whatever a damaged release raises, the old model goes on
                reason = f"The promoted release of {domain} was not loaded: {error}"
                if reason != slot.reason:
                    log.error(reason, exc_info=error)
                slot.reason = reason

    def _refresh(self, domain: str, slot: Slot) -> None:
        name = self._registry.promoted_name(domain)
        if name is None:
            slot.translator = None
            slot.reason = f"No release of {domain} is promoted; run `python -m training promote`."
        elif slot.translator is not None and slot.translator.release.name == name:
            slot.reason = slot.failed = None
        elif slot.failed != name or time.monotonic() - slot.failed_at > RETRY_SECONDS:
            slot.failed, slot.failed_at = name, time.monotonic()  # until it is known to work
            self._swap(domain, slot)

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
    height, width = translator.release.size
    images, none = torch.zeros(1, 3, height, width), torch.zeros(1, len(translator.release.attributes))
    probabilities, result = translator.predict(images), translator.translate(images, none, 1 - none)
    if probabilities.shape != none.shape or result.shape != images.shape:
        raise ValueError("its output does not have the shape of its input; make the release anew.")
    if not (bool(probabilities.isfinite().all()) and bool(result.isfinite().all())):
        raise ValueError("its output holds numbers that are not finite; make the release anew.")
