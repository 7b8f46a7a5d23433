"""Who asks: the owner of a bearer token."""

from __future__ import annotations

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables
from ninja.security import HttpBearer

from .. import rate, tokens
from ..models import Token


class Request(HttpRequest):
    """A request that was let in; :attr:`auth` says who it is."""

    auth: Token


class BearerToken(HttpBearer):
    """``Authorization: Bearer <token>``, the scheme in any case.

    The plain text stays in this frame: from here on there is only its hash, and reports of
    errors don't show it. A token with too many requests is refused here, whatever it asks for.
    """

    @sensitive_variables()
    def __call__(self, request: HttpRequest) -> Token | None:
        scheme, _, plain = request.headers.get(self.header, "").partition(" ")
        if scheme.lower() != self.openapi_scheme:
            return None
        return self.authenticate(request, tokens.digest(plain.strip()))

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        """``token`` is the hash of what was sent."""
        found = tokens.find(token)
        if found is not None:
            rate.take(found)
            tokens.note_use(found)
        return found
