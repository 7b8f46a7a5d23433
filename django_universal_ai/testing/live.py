"""The gateway on loopback, for code that speaks HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from ..gateway import tokens
from ..gateway.urls import urlpatterns as served
from ..models import UniversalAIJob
from .kit import UniversalAI, passes

View = Callable[..., HttpResponse]

#: The kits of tests that run.
_serving: list[UniversalAI] = []


@dataclass(frozen=True, slots=True)
class LiveUniversalAI:
    """Where the gateway is, and how to be let in.

    A job moves on with each GET of it: it is sent, and looked at once. A GET of a list does so for
    whichever job is next.
    """

    #: With ``/v3`` at its end: what a client calls its base URL.
    url: str
    #: One of a new user, without limits.
    token: str = field(repr=False)
    #: The kit that scripts the jobs.
    universal_ai: UniversalAI

    @property
    def headers(self) -> dict[str, str]:
        """The header that lets a client in."""
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


def paths() -> list[URLPattern]:
    """The gateway's, whose jobs move on when they are looked at."""
    return [
        URLPattern(each.pattern, _moving(each.callback), each.default_args, each.name)
        for each in served
    ]


def _moving(view: View) -> View:
    """Before a GET is answered, jobs move on, in its thread."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "GET":
            for each in _serving:
                _move_on(each, kwargs.get("job_id"))
        return view(request, *args, **kwargs)

    return answer


def _move_on(universal_ai: UniversalAI, job_id: Any) -> None:
    """Do what is due, then let time pass until the job, or any job, was looked at once."""
    universal_ai.step()
    before = _unfinished()
    asked = before.keys() if job_id is None else before.keys() & {str(job_id)}
    if not asked:
        return
    for _ in passes(universal_ai):
        after = _unfinished()
        if any(after.get(pk) != before[pk] for pk in asked):
            return


def _unfinished() -> dict[str, tuple[str, int]]:
    """The states of jobs that haven't ended, and how often they were looked at there."""
    rows = UniversalAIJob.objects.unfinished().values_list("pk", "status", "polls")
    return {str(pk): (status, polls) for pk, status, polls in rows}
