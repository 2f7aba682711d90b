"""Webhooks: signed, called until they are answered, never within our own network."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from service.errors import ServiceError
from service.jobs import webhooks
from service.jobs.database import Database
from service.jobs.models import Delivery
from service.jobs.store import JobStore
from service.jobs.wanted import Upload, Wanted
from service.jobs.webhooks import MOST_ATTEMPTS, SIGNATURE, Webhooks, check_url, last_call
from tests.service.test_store import Clock

SECRET = "s3cret"


class Hook:
    """A server that is called, and answers with what `statuses` says, the last again and again."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.statuses = [200]
        self.before: Callable[[], object] = lambda: None  # the answer


@pytest.fixture
def hook() -> Iterator[tuple[str, Hook]]:
    """Its address, and what it was sent."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.calls.append((self.path, dict(self.headers), body))
            hook.before()
            status = hook.statuses.pop(0) if len(hook.statuses) > 1 else hook.statuses[0]
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keeps quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/done?x=1", hook
        server.shutdown()
        thread.join()


@pytest.fixture
def clock() -> Clock:
    """A clock at rest."""
    return Clock()


def ended(database: Database, clock: Clock, url: str, job_id: str = "a1") -> None:
    """A job that has ended, which has this webhook."""
    store = JobStore(database, clock)
    store.create(job_id, Wanted("faces", {"Smiling": True}, options={"webhook": url}), [Upload("a.jpg", f"{job_id}/s")])
    store.cancel(job_id)


def states(database: Database) -> list[tuple[str, int]]:
    """State and attempts of all calls."""
    with database.read() as session:
        return [(row.state, row.attempts) for row in session.query(Delivery)]


def test_the_end_of_a_job_is_told_once_and_signed(database: Database, clock: Clock, hook: tuple[str, Hook]) -> None:
    url, called = hook
    ended(database, clock, url)
    caller = Webhooks(database, SECRET, private=True, now=clock)
    assert (caller.deliver(), caller.deliver()) == (1, 0)
    ((path, headers, body),) = called.calls
    assert path == "/done?x=1"
    assert json.loads(body) == {"job": "a1", "kind": "translation", "state": "cancelled", "done": 0, "failed": 0}
    seconds = int(clock.now.timestamp())
    expected = hmac.new(SECRET.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE] == f"t={seconds},v1={expected}"
    assert states(database) == [("delivered", 1)]
    clock.forward(3600 * 25)
    JobStore(database, clock).remove_ended(24)
    assert states(database) == []


def test_what_is_not_answered_well_is_called_again_later_and_given_up_in_the_end(
    database: Database, clock: Clock, hook: tuple[str, Hook]
) -> None:
    url, called = hook
    called.statuses = [500, 302, 404]
    ended(database, clock, url)
    caller = Webhooks(database, SECRET, private=True, now=clock)
    for attempt in range(1, MOST_ATTEMPTS + 2):
        caller.deliver()
        caller.deliver()  # too early
        assert len(called.calls) == min(attempt, MOST_ATTEMPTS)
        clock.forward(20 * 2**attempt)
    assert states(database) == [("given_up", MOST_ATTEMPTS)]
    assert {path for path, _, _ in called.calls} == {"/done?x=1"}


def test_two_who_call_at_the_same_time_make_one_call(database: Database, clock: Clock, hook: tuple[str, Hook]) -> None:
    url, called = hook
    ended(database, clock, url)
    threads = [threading.Thread(target=Webhooks(database, SECRET, private=True, now=clock).deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(called.calls) == 1


def test_who_does_not_answer_holds_up_neither_the_others_nor_whoever_calls(
    database: Database, clock: Clock, hook: tuple[str, Hook], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_TIMEOUT", 3)
    url, called = hook
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)

        def trickle() -> None:
            with silent.accept()[0] as connection, suppress(OSError):
                while True:  # a head without an end, a letter at a time
                    connection.sendall(b"H")
                    time.sleep(0.05)

        thread = threading.Thread(target=trickle)
        thread.start()
        for job_id, address in (("a1", f"http://127.0.0.1:{silent.getsockname()[1]}"), ("b2", url)):
            ended(database, clock, address, job_id)
        assert Webhooks(database, SECRET, private=True, now=clock).deliver() == 1
        thread.join()
    assert len(called.calls) == 1
    assert sorted(states(database)) == [("delivered", 1), ("due", 1)]
    call = last_call(database, "a1")
    assert call
    assert "did not answer within 3 s" in str(call.error)


def test_names_that_nobody_looks_up_hold_up_no_others(
    database: Database, clock: Clock, hook: tuple[str, Hook], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_TIMEOUT", 3)
    url, called = hook
    for number in range(12):
        ended(database, clock, f"http://lost-{number}.example/", f"lost{number}")
    ended(database, clock, url)
    looked_up = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        if "lost" in host:
            looked_up.wait(60)
        return ["127.0.0.1"]

    caller = Webhooks(database, SECRET, private=True, now=clock, resolve=resolve)
    try:
        assert caller.deliver() == 1  # and it is not waited for those
        assert not looked_up.is_set()
    finally:
        looked_up.set()
    assert len(called.calls) == 1


def test_who_was_held_up_does_not_undo_what_another_has_delivered_meanwhile(
    database: Database, clock: Clock, hook: tuple[str, Hook]
) -> None:
    url, called = hook
    ended(database, clock, url)
    called.statuses = [200, 500]  # of the one that comes later, and is answered first, and of the first

    def another() -> None:
        called.before = lambda: None
        clock.forward(21)
        assert Webhooks(database, SECRET, private=True, now=clock).deliver() == 1

    called.before = another
    Webhooks(database, SECRET, private=True, now=clock).deliver()
    assert len(called.calls) == 2
    assert states(database) == [("delivered", 2)]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1%1", "192.168.1.1", "0.0.0.0", "::ffff:10.0.0.1"],
)
def test_an_address_that_is_not_public_is_refused_also_beside_one_that_is(address: str) -> None:
    with pytest.raises(ServiceError, match="not a public address"):
        check_url("https://example.org/x", SECRET, False, lambda host, port: ["93.184.215.14", address])
    assert check_url("https://example.org/x", SECRET, False, lambda host, port: ["93.184.215.14"]) == "93.184.215.14"


def test_a_name_that_comes_to_mean_a_private_address_is_not_called(
    database: Database, clock: Clock, hook: tuple[str, Hook]
) -> None:
    url, called = hook
    ended(database, clock, url)
    assert Webhooks(database, SECRET, now=clock).deliver() == 0
    assert called.calls == []
    assert states(database) == [("due", 1)]


@pytest.mark.parametrize(
    "url", ["ftp://a.org", "example.org", "http://", "http://u:p@a.org", "http://a.org:x", "http://[", "file:///etc"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ServiceError, match=r"such as https|There is no host"):
        check_url(url, SECRET, False, lambda host, port: ["93.184.215.14"])


def test_without_a_secret_there_are_none() -> None:
    with pytest.raises(ServiceError, match="INIT_WEBHOOK_SECRET"):
        check_url("https://example.org", "", False)


def test_an_hour_that_is_put_back_is_not_waited_for(database: Database, clock: Clock, hook: tuple[str, Hook]) -> None:
    url, called = hook
    ended(database, clock, url)
    clock.forward(-3600)
    assert Webhooks(database, SECRET, private=True, now=clock).deliver() == 1
    assert len(called.calls) == 1
