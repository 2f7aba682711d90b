"""The releases on disk, as the pool asks for them; each is read, and its digest counted, once as long as it stays."""

import logging
import re
import threading
from pathlib import Path

from service.errors import ServiceError
from training.checkpoint import CheckpointError
from training.domains import DOMAINS, SYNTHETIC
from training.registry import Registry
from training.release import CONFIG, WEIGHTS, Release

log = logging.getLogger(__name__)

SERVED = tuple(name for name in DOMAINS if name != SYNTHETIC.name)
"""Are there without a release too, and say how to make one. The synthetic domain is there to check methods with: it is
served by those alone who have released it."""
PIN_DIGITS = 12  # the least of a digest that names a release
_PIN = re.compile(rf"[0-9a-f]{{{PIN_DIGITS},64}}")


class Shelf:
    """The releases of a registry."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._known: dict[Path, tuple[tuple[int, ...], Release]] = {}
        self._reading = threading.Lock()  # of one: the first time that takes a while, and nobody is to do it twice

    def domains(self) -> list[str]:
        """Those of SERVED, and all that have a release."""
        return list(dict.fromkeys([*SERVED, *self.registry.domains()]))

    def releases(self, domain: str) -> list[Release]:
        """All that can be read, by name."""
        found = []
        for name in self.registry.names(domain):
            try:
                found.append(self._read(self.registry.root / domain / name))
            except (CheckpointError, OSError) as error:
                log.warning("A release of %s is left out: %s", domain, error)
        return found

    def named(self, domain: str, name: str) -> Release:
        """A release by its name. Raises ServiceError where there is none, or it cannot be read."""
        if name not in (names := self.registry.names(domain)):
            known = ", ".join(names) or "none"
            raise ServiceError("unknown_release", f"There is no release {name!r} of {domain}; there are: {known}.")
        try:
            return self._read(self.registry.root / domain / name)
        except (CheckpointError, OSError) as error:
            raise ServiceError("release_not_usable", f"The release cannot be read: {error}") from error

    def pinned(self, domain: str, pin: str) -> Release:
        """The release whose digest begins so. Raises ServiceError where there is none."""
        if not _PIN.fullmatch(pin):
            sentence = "A release is pinned by its digest, or by at least 12 of its first hexadecimal digits."
            raise ServiceError("unknown_release", sentence)
        for release in self.releases(domain):
            if release.digest.startswith(pin):
                return release
        sentence = (
            f"There is no release of {domain} whose digest begins with {pin}; GET /v1/{domain}/releases lists all."
        )
        raise ServiceError("unknown_release", sentence)

    def remedy(self, domain: str) -> str:
        """What to do about a domain that has no promoted release."""
        if names := self.registry.names(domain):
            return f"run `python -m training promote {domain} {names[-1]}`"
        return f"make one with `python -m training release`, then run `python -m training promote {domain} NAME`"

    def _read(self, path: Path) -> Release:
        states = [(path / name).stat() for name in (CONFIG, WEIGHTS)]
        stamp = tuple(number for state in states for number in (state.st_mtime_ns, state.st_size))
        with self._reading:
            known, release = self._known.get(path, (None, None))
            if release is None or known != stamp:
                release = self.registry.read(path.parent.name, path.name)
                self._known[path] = stamp, release
        return release
