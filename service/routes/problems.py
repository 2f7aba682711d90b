"""Errors as HTTP: the one shape of their bodies, the handlers that make it, and their part of the documentation."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from service.errors import NO_ROOM, PROBLEMS, ServiceError
from service.routes.disconnects import CLIENT_CLOSED_REQUEST, ClientGone
from service.schemas import ErrorBody, ErrorDetail, Schema
from service.storage import BUCKET_ERRORS
from training.domains import AttributeChangeError
from training.images import ImageError

log = logging.getLogger(__name__)

_BY_STATUS = {400: "malformed_request", 404: "not_found", 405: "method_not_allowed"}
_FIELDS = {"strength": "invalid_strength"}  # whose errors have codes of their own
_REQUEST_ID = "01974c1e9d2b4b5f8a6e3d7c5b1f0a42"


class Refused(HTTPException):
    """A ServiceError as FastAPI's own kind: of what is raised while it reads a form, only that is not made a 400."""

    def __init__(self, error: ServiceError) -> None:
        super().__init__(error.problem.status)
        self.error = error


def install(app: FastAPI) -> None:
    """Has every error of `app` answered in the one shape."""
    app.add_exception_handler(ServiceError, on_error)
    app.add_exception_handler(ImageError, on_error)
    app.add_exception_handler(AttributeChangeError, on_error)
    app.add_exception_handler(RequestValidationError, on_error)
    app.add_exception_handler(HTTPException, on_error)
    app.add_exception_handler(ClientGone, lambda request, error: Response(status_code=CLIENT_CLOSED_REQUEST))


def as_service_error(error: Exception) -> ServiceError:
    """What the caller is told of an exception."""
    match error:
        case ServiceError():
            return error
        case ImageError() | AttributeChangeError():
            return ServiceError(error.code, str(error))
        case RequestValidationError():
            field = error.errors()[0]["loc"][-1]
            return ServiceError(_FIELDS.get(field, "invalid_request"), _sentence(error))
        case Refused():
            return error.error
        case HTTPException(status_code=400):  # the form parser says what is wrong
            return ServiceError("malformed_request", str(error.detail))
        case OperationalError() | InterfaceError():
            log.warning("The database does not answer: %s", error)
            return ServiceError("database_away")
        case _ if isinstance(error, BUCKET_ERRORS):
            log.warning("The bucket does not answer: %s", error)
            return ServiceError("storage_away")
        case OSError(errno=number) if number in NO_ROOM:
            return ServiceError("no_room")
        case HTTPException(status_code=status) if status in _BY_STATUS:
            return ServiceError(_BY_STATUS[status])
    log.error("A request failed", exc_info=error)
    return ServiceError("internal_error")


def error_response(error: ServiceError, request_id: str) -> Response:
    """The response that tells of an error."""
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if error.problem.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="INIT Studio"'
    return Response(error_body(error, request_id), error.problem.status, headers, "application/json")


def error_body(error: ServiceError, request_id: str) -> bytes:
    """The JSON that tells of an error."""
    detail = ErrorDetail(code=error.problem.code, message=error.message, request_id=request_id)
    return ErrorBody(error=detail).model_dump_json().encode()


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these problems."""
    result: dict[int | str, dict[str, Any]] = {}
    for code in (*codes, "internal_error"):
        problem = PROBLEMS[code]
        response = result.setdefault(problem.status, _response(problem.status))
        body = {"error": {"code": code, "message": problem.message, "request_id": _REQUEST_ID}}
        response["content"]["application/json"]["examples"][code] = {"value": body}
    return result


def _response(status: int) -> dict[str, Any]:
    described: dict[str, Any] = {
        "model": ErrorBody,
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"examples": {}}},
    }
    if status in (429, 503):
        schema = {"type": "integer"}
        described["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": schema, "example": 2}}
    return described


def on_error(request: Request, error: Exception) -> Response:
    """The answer to a request that has failed."""
    told = as_service_error(error)
    request.state.error = told.problem.code  # for the log
    return error_response(told, request.state.request_id)


def _sentence(error: RequestValidationError) -> str:
    first = error.errors()[0]
    if first["type"] == "json_invalid" or first["loc"] == ("body",):
        return "The body must be a JSON object, sent as application/json; where there is nothing to say, {}."
    # Of a field that may be left out pydantic also names the type that it would have, which nobody wrote.
    types = {"str", "int", "float", "bool", *(each.__name__ for each in Schema.__subclasses__())}
    where = ".".join(str(part) for part in first["loc"][1:] if part not in types) or "request"
    return f"{where}: {first['msg']}."
