"""When a call is sent again, and after how long; written as generators, so that one text serves both clients.

They yield a `Call` to be sent, for which they are given its response or have httpx' error thrown in, or a number of
seconds to be waited; what they return is the answer.
"""

import random
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from service.client import calls
from service.client.answers import ENDED, Item, JobDetail
from service.client.calls import Call
from service.client.failures import NoAnswer, StudioError, api_error

T = TypeVar("T")
Flow = Generator[Call[Any] | float, Any, T]

_BUSY = (429, 503)  # nothing was done: to ask again later is what such an answer asks for
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout)
# Not after a timeout: the service may still be at work on it, and the same once more would only add to its load.
_CUT_OFF = (httpx.NetworkError, httpx.RemoteProtocolError)
_LONGEST_PAUSE = 8.0


@dataclass(frozen=True)
class Retries:
    """How often a call is sent at most, and for how many seconds a further try may begin."""

    tries: int = 5
    seconds: float = 60.0


def attempts(call: Call[T], retries: Retries) -> Flow[T]:
    """Sends a call until it is answered for good.

    Raises:
        ApiError: the service's answer is an error, or it was too busy until the last try.
        NoAnswer: there was none.
    """
    end = time.monotonic() + retries.seconds
    attempt, failure = 0, StudioError()
    while True:
        attempt += 1
        try:
            response = yield call
        except httpx.RequestError as error:
            failure = _no_answer(error)
            again = isinstance(error, _NEVER_SENT) or (call.repeatable and isinstance(error, _CUT_OFF))
        else:
            if response.is_success:
                return call.parse(response)
            failure, again = api_error(response), response.status_code in _BUSY
        pause = _pause(attempt, failure.retry_after)
        if not again or attempt >= retries.tries or time.monotonic() + pause > end:
            raise failure
        yield pause


def until_ended(id: str, every: float, timeout: float | None, retries: Retries) -> Flow[JobDetail]:
    """Asks for a job until it has ended. Raises TimeoutError after `timeout` seconds, and as `attempts` does."""
    end = time.monotonic() + timeout if timeout is not None else float("inf")
    while True:
        job = yield from attempts(calls.job(id), retries)
        if job["state"] in ENDED:
            return job
        if time.monotonic() + every > end:
            raise TimeoutError(f"Job {id} is still {job['state']} after {timeout:g} s; wait longer or cancel it.")
        yield every


def all_items(id: str, retries: Retries) -> Flow[list[Item]]:
    """Asks for a job's photos, part by part. Raises as `attempts` does."""
    found, after = list[Item](), -1
    while True:
        part = yield from attempts(calls.items(id, after), retries)
        found += part["items"]
        if part["next"] is None:
            return found
        after = part["next"]


def _pause(attempt: int, retry_after: float | None) -> float:
    # Never sooner than asked; a little later, so that those who were refused together do not come back together.
    backoff = min(_LONGEST_PAUSE, 0.25 * 2.0 ** (attempt - 1))
    return max(retry_after or 0.0, backoff) + random.uniform(0, backoff / 2)


def _no_answer(error: httpx.RequestError) -> NoAnswer:
    url = error.request.url.copy_with(path="/", query=None)
    why = str(error) or type(error).__name__
    failure = NoAnswer(f"No answer from {url}: {why}. Is the service running there? `make run` starts it.")
    failure.__cause__ = error
    return failure
