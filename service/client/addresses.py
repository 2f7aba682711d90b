"""Where a service is, as httpx is told of it."""

from typing import Any

import httpx

URL = "http://127.0.0.1:8000"


def connection(url: str, timeout: float, key: str | None) -> dict[str, Any]:
    """What a client of httpx is made with. Raises ValueError where `url` is no address."""
    address = httpx.URL(url)
    if address.scheme not in ("http", "https") or not address.host:
        raise ValueError(f"{url!r} is not the address of a service; write it like {URL}.")
    # A proxy that the environment names cannot reach this very machine.
    here = address.host in ("localhost", "127.0.0.1", "::1")
    return {
        "base_url": address, "timeout": httpx.Timeout(timeout, connect=5.0), "trust_env": not here,
        "headers": {"Authorization": f"Bearer {key}"} if key else {},
    }  # fmt: skip
