"""What a careful site tells browsers: nothing inline, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@sync_and_async_middleware
def strict(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponse:
            return _with_policy(await get_response(request))

        return later

    return lambda request: _with_policy(get_response(request))


def _with_policy(response: HttpResponse) -> HttpResponse:
    response["Content-Security-Policy"] = POLICY
    return response
