"""Files of jobs, as blobs by key. Keys are generated here, never taken from a client. A local folder for now."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


class BlobStore:
    """Blobs in a folder. A key is "<group>/<name>"; a group, such as a job, is removed as one.

    A blob appears whole or not at all, and writing a key again replaces it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def new_key(self, group: str) -> str:
        """A key that is not in use."""
        return f"{group}/{secrets.token_hex(16)}"

    def write(self, key: str, source: BinaryIO) -> None:
        """Stores all that `source` still has to read."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        with part.open("wb") as file:
            shutil.copyfileobj(source, file, 2**18)
        os.replace(part, path)

    def read(self, key: str) -> bytes:
        """The bytes of a blob. Raises FileNotFoundError."""
        return self._path(key).read_bytes()

    def open(self, key: str) -> BinaryIO:
        """A blob for reading. Raises FileNotFoundError."""
        return self._path(key).open("rb")

    def remove_group(self, group: str) -> None:
        """Removes all blobs of a group; nothing happens where there are none."""
        shutil.rmtree(self._path(group), ignore_errors=True)

    def groups(self) -> Iterator[tuple[str, float]]:
        """Every group, with the time of its last change in seconds since 1970."""
        if self._root.is_dir():
            for path in self._root.iterdir():
                yield path.name, path.stat().st_mtime

    def _path(self, key: str) -> Path:
        parts = key.split("/")
        assert all(part.isalnum() for part in parts), "keys are generated: hexadecimal parts"
        return self._root.joinpath(*parts)
