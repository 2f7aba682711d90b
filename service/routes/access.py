"""Who may ask for what: decided from a request's first lines, by the API key in them, before its body is read."""

import re
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access.keys import HERE, SCOPES
from service.access.limits import Limits
from service.access.ring import Grant
from service.errors import ServiceError
from service.metrics import OTHER
from service.routes.admission import photo_domain
from service.routes.dependencies import Studio
from service.routes.problems import error_response
from service.settings import Settings, is_loopback

ANY = frozenset(SCOPES)
REFUSALS = ("key_required", "invalid_key", "scope_required", "foreign_site", "rate_limited", "quota_exceeded")
"""Codes of the errors with which a request is refused here."""
OPEN = frozenset[str]()
"""Needs no key."""

_READ, _ALL = ("GET", "HEAD"), ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_BALLOTS = (("", _READ), ("/pictures/[^/]+", _READ), ("/votes", ("POST",)), ("/votes/[^/]+", ("DELETE",)))
# The first that fits counts; what fits none is for admin, so that a new address is not open by oversight.
_RULES = tuple(
    (re.compile(path), methods, scopes)
    for path, methods, scopes in (
        (r"/v1/domains/?|/v1/samples(/.*)?", _READ, OPEN),
        # Who has the link may vote; how often is counted.
        *((rf"/v1/ballots/[^/]+{rest}/?", methods, OPEN) for rest, methods in _BALLOTS),
        (r"/v1/studies(/.*)?", _ALL, frozenset({"jobs"})),
        (r"/v1/jobs/translations/?", ("POST",), frozenset({"jobs"})),
        (r"/v1/jobs/(trainings|evaluations)/?", ("POST",), frozenset({"train"})),
        (r"/v1/jobs(/.*)?", _ALL, frozenset({"jobs", "train"})),
        (r"/v1/presets/?", _READ, frozenset({"train"})),
        (r"/v1/doctor/?", ("POST",), frozenset({"train"})),
        (r"/v1/schedules(/.*)?", _ALL, frozenset({"train"})),
        (r"/v1/[^/]+/(translate|attributes|faces|grid)/?", _ALL, frozenset({"translate"})),
        (r"/v1/[^/]+/(promote|rollback)/?", _ALL, frozenset({"promote"})),
        (r"/v1/[^/]+/(releases(/.*)?|promotions/?|scores/?)", _READ, ANY),
    )
)


def needed(method: str, path: str) -> frozenset[str]:
    """The scopes one of which a request needs. All beside the API is open: the page, its documentation, the probes."""
    if not path.startswith("/v1/"):
        return OPEN
    for pattern, methods, scopes in _RULES:
        if method in methods and pattern.fullmatch(path):
            return scopes
    return frozenset({"admin"})


class Access:
    """Lets in who has a key that is good for what is asked, and room within its limits.

    Where no key is needed, who sends one is held to it all the same, and who does not must not come from another
    site's page.
    """

    def __init__(self, app: ASGIApp, studio: Studio) -> None:
        self._app, self._studio, self._limits = app, studio, Limits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        scopes = needed(scope["method"], scope["path"])
        try:
            if not scopes:
                if scope["path"].startswith("/v1/ballots/"):
                    self._studio.turnstile.enter(scope["client"][0] if scope["client"] else "")
                return await self._app(scope, receive, send)
            grant = await self._find(scope)
            if grant is None:
                scope["state"]["caller"] = HERE
                return await self._app(scope, receive, send)
            self._limits.enter(grant)
        except ServiceError as error:
            return await self._refuse(error, scope, receive, send)
        try:
            await self._pass(grant, scopes, scope, receive, send)
        finally:
            self._limits.leave(grant)

    async def _find(self, scope: Scope) -> Grant | None:
        """The key of a request; None where there is none and it needs none. Raises ServiceError."""
        secret = sent_secret(scope)
        if secret is None:
            if self._studio.settings.keys_required:
                raise ServiceError("key_required")
            check_site(scope, self._studio.settings)
            return None
        if grant := await self._studio.ring.find(secret):
            return grant
        raise ServiceError("invalid_key")

    async def _pass(self, grant: Grant, scopes: frozenset[str], scope: Scope, receive: Receive, send: Send) -> None:
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        is_photo = photo_domain(scope["method"], scope["path"]) is not None
        try:
            if not grant.caller.may(scopes):
                raise ServiceError("scope_required", _missing(scopes))
            if is_photo:
                self._studio.ledger.note(grant.caller)
        except ServiceError as error:
            return await self._refuse(error, scope, receive, send)
        scope["state"]["caller"] = grant.caller
        try:
            await self._app(scope, receive, noting)
        finally:
            if is_photo and not 200 <= status < 300:
                self._studio.ledger.take_back(grant.caller)

    async def _refuse(self, error: ServiceError, scope: Scope, receive: Receive, send: Send) -> None:
        self._studio.metrics.rejected(OTHER, error.problem.code)
        scope["state"]["error"] = error.problem.code
        await error_response(error, scope["state"]["request_id"])(scope, receive, send)


def sent_secret(scope: Scope) -> str | None:
    """What a request brings as `Authorization: Bearer ...` or as `X-API-Key`; None where it brings neither."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    kind, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if kind.lower() == "bearer":
        return secret.strip()
    plain = headers.get(b"x-api-key")
    return None if plain is None else plain.decode("latin-1").strip()


def check_site(scope: Scope, settings: Settings) -> None:
    """Raises ServiceError where a page of another site may be what has a browser on this machine ask.

    Such a page may send what changes something, though not see the answer: its name is in Origin. One whose own name
    was made to mean this machine (DNS rebinding) would see it as well: that name is in Host.
    """
    headers = {name: value.decode("latin-1").lower() for name, value in scope["headers"]}
    host, origin = headers.get(b"host", ""), headers.get(b"origin")
    sites = [site.lower() for site in settings.allowed_origins]
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        name = ""
    ours = is_loopback(name) or host in [urlsplit(site).netloc for site in sites]
    reads = scope["method"] in (*_READ, "OPTIONS") or origin is None
    if not ours or not (reads or origin in (f"{scope['scheme']}://{host}", *sites)):
        raise ServiceError("foreign_site")


def _missing(scopes: frozenset[str]) -> str:
    named = " or ".join(name for name in SCOPES if name in scopes)
    return f"This needs an API key with the scope {named}, which this one does not have."
