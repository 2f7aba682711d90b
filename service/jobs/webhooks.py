"""Calls the webhooks of jobs that have ended: signed, again until they are answered, and never within our own network.

The header `X-INIT-Signature: t=SECONDS,v1=HEX` has the HMAC-SHA256, by the secret, of "SECONDS.BODY": whoever receives
it knows that it is ours and when it was sent.
"""

import asyncio
import hashlib
import hmac
import ipaddress
import json
import logging
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import httpx
from sqlalchemy import or_, select, update

from service.errors import ServiceError
from service.jobs.database import Database
from service.jobs.models import Delivery

SIGNATURE = "X-INIT-Signature"
MOST_ATTEMPTS = 8  # the last comes after about 40 minutes
_FIRST_PAUSE, _TIMEOUT = 20.0, 10.0  # seconds; the second for all of a call, however slowly it is answered
_LONGEST_PAUSE = timedelta(seconds=_FIRST_PAUSE * 2 ** (MOST_ATTEMPTS - 1))
_AT_ONCE = 20  # calls of one turn

log = logging.getLogger(__name__)

Resolve = Callable[[str, int], list[str]]
"""The addresses of a host."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def check_url(url: str, secret: str, private: bool, resolve: Resolve = resolve) -> str:
    """An address of `url` that may be called. Raises ServiceError where none may be.

    Args:
        url: http or https.
        secret: that calls are signed with; without one there are none.
        private: whether addresses that are not public may be called.
        resolve: looks hosts up.
    """
    if not secret:
        raise ServiceError("webhook_not_allowed", "Webhooks are off until INIT_WEBHOOK_SECRET is set.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.username or len(url) > 2000:
        raise ServiceError("webhook_not_allowed", "A webhook is an address such as https://example.org/done.")
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError):
        raise ServiceError("webhook_not_allowed", f"There is no host {host}; check the webhook's address.") from None
    # All of them: which one is called is not left to whoever answers for the name.
    if not private and not all(ipaddress.ip_address(address.partition("%")[0]).is_global for address in addresses):
        raise ServiceError("webhook_not_allowed", f"{host} is not a public address, and only such are called.")
    return addresses[0]


def sign(body: bytes, secret: str, at: datetime) -> str:
    """The signature of a call."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def last_call(database: Database, job_id: str) -> Delivery | None:
    """How far the call of a job's webhook is; None until the job has ended. Of one tried again, the last."""
    newest = select(Delivery).where(Delivery.job_id == job_id).order_by(Delivery.id.desc()).limit(1)
    with database.read() as session:
        return session.scalar(newest)


class Webhooks:
    """The calls that are due. `now` is the clock, so that tests can move it."""

    def __init__(
        self,
        database: Database,
        secret: str,
        private: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        resolve: Resolve = resolve,
    ) -> None:
        self._database, self._secret, self._private, self._now, self._resolve = database, secret, private, now, resolve

    def deliver(self) -> int:
        """Makes the calls that are due, all at once; how many were answered well.

        Takes no longer than a call may, which is less than until it is due again, whoever does not answer: those who
        deliver edit photos as well.
        """
        return asyncio.run(self._deliver(self._claim()))

    async def _deliver(self, deliveries: Iterable[Delivery]) -> int:
        # Not the loop's own threads: there are few, and their end would be waited for, as long as a name is looked up.
        lookups = ThreadPoolExecutor(_AT_ONCE, "lookup")
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client:
                return sum(await asyncio.gather(*(self._call(each, client, lookups) for each in deliveries)))
        finally:
            lookups.shutdown(wait=False, cancel_futures=True)

    def _claim(self) -> list[Delivery]:
        # Whoever moves the time on which one is due has it: nobody else calls meanwhile.
        now = self._now()
        # One that is due later than any pause lasts was put down by a clock that has since gone back.
        is_due = or_(Delivery.due_at <= now, Delivery.due_at > now + _LONGEST_PAUSE)
        with self._database.write() as session:
            due = select(Delivery).where(Delivery.state == "due", is_due).order_by(Delivery.due_at)
            found = list(session.scalars(due.limit(_AT_ONCE).with_for_update(skip_locked=True)))
            for delivery in found:
                delivery.attempts += 1
                delivery.due_at = now + timedelta(seconds=_FIRST_PAUSE * 2 ** (delivery.attempts - 1))
        return found

    async def _call(self, delivery: Delivery, client: httpx.AsyncClient, lookups: Executor) -> bool:
        try:
            async with asyncio.timeout(_TIMEOUT):
                error = await self._send(delivery, client, lookups)
        except TimeoutError:
            error = f"it did not answer within {_TIMEOUT:g} s"
        except (httpx.HTTPError, ServiceError, OSError) as failure:
            error = str(failure) or type(failure).__name__
        state = "delivered" if error is None else "given_up" if delivery.attempts >= MOST_ATTEMPTS else "due"
        # Who was held up for so long that another has called meanwhile has no say any more.
        mine = (Delivery.id == delivery.id, Delivery.attempts == delivery.attempts)
        with self._database.write() as session:
            session.execute(update(Delivery).where(*mine).values(state=state, error=error))
        if error is not None:
            log.warning("The webhook of job %s was not answered (%s): %s", delivery.job_id, state, error)
        return error is None

    async def _send(self, delivery: Delivery, client: httpx.AsyncClient, lookups: Executor) -> str | None:
        look = partial(check_url, delivery.url, self._secret, self._private, self._resolve)
        address = await asyncio.get_running_loop().run_in_executor(lookups, look)
        parts = urlsplit(delivery.url)
        # To the address that was checked: the name may mean another one a moment later.
        within = f"[{address}]" if ":" in address else address
        url = parts._replace(netloc=f"{within}:{parts.port}" if parts.port else within).geturl()
        body = json.dumps(delivery.body).encode()
        headers = {
            "Host": parts.netloc,
            "Content-Type": "application/json",
            "X-INIT-Delivery": str(delivery.id),
            SIGNATURE: sign(body, self._secret, self._now()),
        }
        sni = {"sni_hostname": parts.hostname}
        async with client.stream("POST", url, content=body, headers=headers, extensions=sni) as answer:
            return None if answer.is_success else f"it answered {answer.status_code}"
