"""Changes as they come, by server-sent events, where the site runs under ASGI."""

from __future__ import annotations

import json
import random
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_not_required
from django.core.handlers.asgi import ASGIRequest
from django.db import connections, transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language, override
from django.views.decorators.http import require_GET

from .access import find
from .conf import live_settings
from .lookout import Seen, lookout
from .shown import Shown, shown

#: Seconds after which a message is sent although nothing changed: proxies close what is silent.
HEARTBEAT = 15.0
#: Milliseconds until a browser that was cut off comes again.
COME_AGAIN = 1000, 3000


@login_not_required
@transaction.non_atomic_requests
@require_GET
async def events(request: HttpRequest, key: str) -> HttpResponseBase:
    """The job's state now and at each change, until it has ended or the time is over.

    503 where the process has connections enough: the page then asks now and then.
    """
    configured = live_settings()
    if not (configured.STREAM and isinstance(request, ASGIRequest)):
        raise Http404
    access, now = await sync_to_async(_find)(request, key)
    if lookout().waiting >= configured.MOST_STREAMS:
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    seconds = configured.STREAM_SECONDS * random.uniform(0.8, 1.0)  # noqa: S311 - jitter
    return StreamingHttpResponse(
        _messages(access, now, get_language(), time.monotonic() + seconds),
        content_type="text/event-stream",
        headers={
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",  # nginx
            # GZipMiddleware makes each message a file of its own; browsers read the first one.
            "Content-Encoding": "identity",
            "X-Robots-Tag": "noindex",
        },
    )


def _find(request: HttpRequest, key: str) -> tuple[UUID, Seen]:
    access = find(request, key)
    return access.asked, Seen(access.job, access.job.outlook)


async def _messages(
    pk: UUID, seen: Seen | None, language: str | None, until: float
) -> AsyncIterator[str]:
    # Here and not in the view: middleware may have used the database after it.
    await sync_to_async(_hang_up)()
    yield f"retry: {random.randint(*COME_AGAIN)}\n\n"  # noqa: S311 - jitter
    watched = lookout()
    sent, sent_at = None, 0.0
    with watched.waiting_for(pk):
        while seen is not None:
            now = _shown(seen, language)
            if now != sent or time.monotonic() - sent_at >= HEARTBEAT:
                yield _message(asdict(now))
                sent, sent_at = now, time.monotonic()
            if now.is_finished or time.monotonic() >= until:
                return
            try:
                found = await watched.next_look(HEARTBEAT)
            except TimeoutError:
                continue  # the database doesn't answer; what was known is still the latest
            # A look that had begun before this connection came doesn't know its job.
            seen = found.get(pk, seen)
    yield _message({"state": "gone", "is_finished": True})


def _shown(seen: Seen, language: str | None) -> Shown:
    with override(language):
        return shown(seen.job, seen.ahead)


def _message(said: dict[str, Any]) -> str:
    return f"data: {json.dumps(said)}\n\n"


def _hang_up() -> None:
    """Give back the request's own connections: it lasts for minutes and needs none any more."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
