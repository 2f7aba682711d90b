"""What a release is known by: a digest of its weights and configuration. Without torch, for who only looks."""

import hashlib
from pathlib import Path

NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"  # of a release: it is part of paths, commands and headers of HTTP
WEIGHTS, CONFIG = "generator.safetensors", "config.json"


def release_digest(path: Path) -> str:
    """SHA-256 of the configuration and the weights of the release at `path`, hexadecimal."""
    digest = hashlib.sha256((path / CONFIG).read_bytes())
    with (path / WEIGHTS).open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()
