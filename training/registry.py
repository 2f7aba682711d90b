"""The releases of every domain, releases/<domain>/<name>/, and which one is served, releases/<domain>/promoted.json."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TypedDict

from .checkpoint import CheckpointError, read_json, write_json
from .domains import Domain
from .release import CONFIG, Release, check_name, read_config, read_release


class Promotion(TypedDict):
    """promoted.json: the names of the releases that were served, the current one last."""

    history: list[str]


class Registry:
    """Releases under one directory. Promotion is one atomic write, so a running service may look at any time."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def domains(self) -> list[str]:
        """The names of the domains that have a release, promoted or not; cheap."""
        return sorted({path.parent.parent.name for path in self.root.glob(f"[!.]*/*/{CONFIG}")})

    def names(self, domain: str) -> list[str]:
        """The names of all whole releases of a domain; cheap."""
        return sorted(path.parent.name for path in (self.root / domain).glob(f"*/{CONFIG}"))

    def releases(self, domain: str) -> list[Release]:
        """All whole releases of a domain, by name."""
        return [self.read(domain, name) for name in self.names(domain)]

    def describe(self, domain: str) -> Domain | None:
        """What a domain is, as its promoted release says, else its last; None where it has none; cheap.

        Raises CheckpointError where that release is damaged.
        """
        name = self.promoted_name(domain) or next(reversed(self.names(domain)), None)
        return self._of(domain, read_config(self.root / domain / name).domain, name) if name else None

    def promoted_name(self, domain: str) -> str | None:
        """The name of the promoted release, None where none is; cheap, for looking often. Raises CheckpointError."""
        history = self._history(domain)
        return history[-1] if history else None

    def earlier_name(self, domain: str) -> str | None:
        """The name of the release that `roll_back` goes back to, None where there is none. Raises CheckpointError."""
        history = self._history(domain)
        return history[-2] if len(history) > 1 else None

    def current(self, domain: str) -> Release | None:
        """The promoted release, None where none is. Raises CheckpointError where it is damaged."""
        name = self.promoted_name(domain)
        return self.read(domain, name) if name else None

    def read(self, domain: str, name: str) -> Release:
        """A release by its name. Raises CheckpointError where it is missing, damaged or of another domain."""
        release = read_release(self.root / domain / name)
        self._of(domain, release.domain, name)
        return release

    def _of(self, domain: str, described: Domain, name: str) -> Domain:
        if described.name != domain:
            path = self.root / domain / name
            raise CheckpointError(f"{path} is of {described.name}; move it into the folder of that name.")
        return described

    def promote(self, domain: str, name: str, noting: AbstractContextManager[None] | None = None) -> Release:
        """Makes a release the one that is served. Raises CheckpointError where it is missing or damaged.

        Within `changing`, as `roll_back`: two at once would else undo one another.

        Args:
            noting: is entered around the writing, which is quick; where it fails, even at its end, nothing has changed.
        """
        check_name(name)
        if not (self.root / domain / name).is_dir():
            known = ", ".join(release.name for release in self.releases(domain)) or "none"
            raise CheckpointError(f"{domain} has no release {name!r}; there are: {known}.")
        release = self.read(domain, name)
        history = self._history(domain)
        self._change(domain, history, history if history[-1:] == [name] else [*history, name], noting)
        return release

    def roll_back(self, domain: str, noting: AbstractContextManager[None] | None = None) -> Release:
        """Goes back to the release that was served before. Raises CheckpointError where there is none; as `promote`."""
        history = self._history(domain)
        if len(history) < 2:
            raise CheckpointError(f"{domain} has no earlier promotion to roll back to.")
        release = self.read(domain, history[-2])
        self._change(domain, history, history[:-1], noting)
        return release

    @contextmanager
    def changing(self, domain: str) -> Iterator[None]:
        """Nobody else promotes or rolls back meanwhile, in whichever process: for whoever looks before changing.

        A folder that cannot be locked (of NFS, say) is changed without: that is atomic all the same.
        """
        with ExitStack() as stack:
            with suppress(OSError):  # the lock is of the folder itself: it leaves no file that is somebody's
                folder = os.open(self.root / domain, os.O_RDONLY)
                stack.callback(os.close, folder)
                fcntl.flock(folder, fcntl.LOCK_EX)
            yield

    def _change(
        self, domain: str, before: list[str], after: list[str], noting: AbstractContextManager[None] | None
    ) -> None:
        try:
            with noting or nullcontext():
                if after != before:
                    write_json(self._file(domain), Promotion(history=after))
        except BaseException:
            if self._history(domain) != before:
                write_json(self._file(domain), Promotion(history=before))
            raise

    def _file(self, domain: str) -> Path:
        return self.root / domain / "promoted.json"

    def _history(self, domain: str) -> list[str]:
        if not self._file(domain).exists():
            return []
        promotion: Promotion = read_json(self._file(domain))
        history = promotion.get("history") if isinstance(promotion, dict) else None
        if not isinstance(history, list) or not all(isinstance(name, str) for name in history):
            raise CheckpointError(f'{self._file(domain)} is not {{"history": [names]}}; restore it.')
        return history
