"""``path("v3/", include("django_universal_ai.gateway.urls"))``."""

from __future__ import annotations

from codecs import lookup
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from . import docs, health, openapi
from .api import NAMESPACE, patterns
from .api.errors import not_found, refusal, unprocessable

View = Callable[..., HttpResponse]

app_name = NAMESPACE

#: What a client may say of its text. Others aren't needed, and some aren't even for text.
_ENCODINGS = {"utf-8", "ascii"}


def outward(view: View) -> View:
    """Let clients in that have a token and no session.

    No CSRF check, no login page, no transaction around the request: an upload may take minutes,
    and what is to be done at once has a transaction of its own.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.encoding and lookup(request.encoding).name not in _ENCODINGS:
            return unprocessable(("header", "content-type"), "The charset has to be utf-8.")
        response = view(request, *args, **kwargs)
        return _method_refused(response) if response.status_code == 405 else response

    for alias in connections:
        wrapper = transaction.non_atomic_requests(using=alias)(wrapper)
    return csrf_exempt(login_not_required(wrapper))


def _method_refused(response: HttpResponse) -> HttpResponse:
    answer = refusal(405, "Method not allowed.")
    answer["Allow"] = response["Allow"]
    return answer


def nothing_here(request: HttpRequest) -> HttpResponse:
    return not_found("There is nothing at this address.")


def _opened(pattern: URLPattern) -> URLPattern:
    return URLPattern(
        pattern.pattern, outward(pattern.callback), pattern.default_args, pattern.name
    )


urlpatterns = [
    *(_opened(pattern) for pattern in patterns),
    path("openapi.json", outward(openapi.view), name="openapi"),
    path("health", outward(health.view), name="health"),
    path("docs", outward(docs.view), name="docs"),
    re_path(r"", outward(nothing_here)),
]
