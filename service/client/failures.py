"""What can go wrong for a caller of the client.

StudioError
├── ApiError   the service answered, with an error
└── NoAnswer   it did not answer
"""

import json
import time
from email.utils import parsedate_to_datetime

import httpx


class StudioError(Exception):
    """Base of all errors of the client. `retry_after`: seconds that the service asks to wait, if it does."""

    retry_after: float | None = None


class ApiError(StudioError):
    """The service's answer is an error.

    Args:
        code: stable, to be branched on, such as "no_face"; "http_502" and the like where something between here and
            the service answered in its place.
        message: a sentence that says what to do.
        request_id: under which the service's log has the details.
        status: of HTTP.
        retry_after: see StudioError.
    """

    def __init__(self, code: str, message: str, request_id: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.request_id, self.status = code, message, request_id, status
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


class NoAnswer(StudioError):
    """The service could not be reached, or the connection broke before its answer was there."""


def api_error(response: httpx.Response) -> ApiError:
    """The error that an answer tells of, whoever made it."""
    request_id, status = response.headers.get("X-Request-ID", ""), response.status_code
    try:
        error = json.loads(response.content)["error"]
        code, message = str(error["code"]), str(error["message"])
    except (ValueError, LookupError, TypeError):
        code = f"http_{status}"
        message = f"{response.url} answered {status} {response.reason_phrase}; is it the address of the service?"
    return ApiError(code, message, request_id, status, retry_after(response.headers.get("Retry-After")))


def retry_after(header: str | None) -> float | None:
    """Seconds from a Retry-After of either kind, a number or a date; None where it has none that can be read."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None
