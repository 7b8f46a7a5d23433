"""A strict Content-Security-Policy on every page: no inline script or style, no other host.

Django has this from 6.0 on, with the same setting; a project that needs no older Django takes
``django.middleware.csp.ContentSecurityPolicyMiddleware`` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "Content-Security-Policy"
#: Django's own pages about errors, shown with DEBUG, have inline styles.
DEBUG_PAGES = (404, 500)


class ContentSecurityPolicy:
    """Sends ``settings.SECURE_CSP`` with each answer that has no policy of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._policy = policy(settings.SECURE_CSP)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if not (settings.DEBUG and response.status_code in DEBUG_PAGES):
            response.headers.setdefault(HEADER, self._policy)
        return response


def policy(directives: Mapping[str, Collection[str] | str]) -> str:
    """The header's value."""
    return "; ".join(
        f"{name} {sources if isinstance(sources, str) else ' '.join(sources)}"
        for name, sources in directives.items()
    )
