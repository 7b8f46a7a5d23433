"""The gateway on loopback, for code that speaks HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, include, path

from ..gateway import tokens
from ..gateway.urls import app_name as NAMESPACE
from ..gateway.urls import urlpatterns as served
from .kit import UniversalAI

View = Callable[..., HttpResponse]

#: The kits of tests that run.
_serving: list[UniversalAI] = []


@dataclass(frozen=True, slots=True)
class LiveUniversalAI:
    """Where the gateway is, and how to be let in. Jobs move on with each look at them."""

    #: With ``/v3`` at its end: what a client calls its base URL.
    url: str
    token: str = field(repr=False)
    universal_ai: UniversalAI

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def serve(root: str, universal_ai: UniversalAI) -> LiveUniversalAI:
    """The gateway below ``root``, with a token of a new user."""
    users = get_user_model()
    name: dict[str, Any] = {users.USERNAME_FIELD: "live-universal-ai"}
    owner = users._default_manager.get_or_create(**name)[0]
    _serving.append(universal_ai)
    return LiveUniversalAI(f"{root}/v3", tokens.create(owner), universal_ai)


def stop() -> None:
    """Nobody moves jobs any more."""
    _serving.clear()


def _moving(view: View) -> View:
    """Before a GET is answered, what is due is done, in its thread."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "GET":
            for each in _serving:
                each.run()
        return view(request, *args, **kwargs)

    return answer


def _urls() -> list[URLPattern]:
    return [
        URLPattern(each.pattern, _moving(each.callback), each.default_args, each.name)
        for each in served
    ]


#: What the live server serves.
urlpatterns = [path("v3/", include((_urls(), NAMESPACE)))]
