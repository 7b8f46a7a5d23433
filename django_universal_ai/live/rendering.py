"""A job as HTML: the widget that a page begins with, and the fragment that is put in its place."""

from __future__ import annotations

from hashlib import blake2s
from typing import Any
from urllib.parse import urlencode

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from ..models import Status
from . import words
from .access import Access
from .conf import live_settings
from .pace import pause
from .results import result_of, templates_for
from .shown import Shown, shown

#: Seconds until a page without scripts is loaded again, at least.
RELOAD = 5


def widget(
    request: HttpRequest,
    access: Access,
    *,
    htmx: bool = False,
    reload: bool = False,
    media: bool = True,
) -> SafeString:
    """What stands on the host's page. ``media``: with the style sheet and the script."""
    context = widget_context(request, access, htmx=htmx, reload=reload, media=media)
    # Whoever has no script comes back to where she was.
    context["next"] = request.get_full_path()
    return render_to_string("universal_ai/live/status.html", context, request)


def widget_context(
    request: HttpRequest, access: Access, *, htmx: bool, reload: bool, media: bool
) -> dict[str, Any]:
    """What the templates of whole pages have."""
    context = fragment_context(access, htmx=htmx)
    return context | {
        "request": request,
        "events_url": _url("live-events", access) if _streams(request) and not htmx else "",
        "reload": max(RELOAD, context["pause"]) if reload and context["pause"] else 0,
        "media": media,
    }


def fragment(
    request: HttpRequest, access: Access, *, htmx: bool = False, seen: str = "", problem: str = ""
) -> SafeString:
    """The part that changes. ``seen`` is the state that the page shows: a new one is announced."""
    context = fragment_context(access, htmx=htmx)
    context["problem"] = problem
    context["announced"] = htmx and bool(seen) and seen != context["shown"].state
    return render_to_string("universal_ai/live/fragment.html", context, request)


def fragment_context(access: Access, *, htmx: bool) -> dict[str, Any]:
    """What the templates of the part that changes have."""
    job = access.job
    ahead = job.outlook
    seen = shown(job, ahead)
    url = _url("live-fragment", access)
    return {
        "job": job,
        "shown": seen,
        "pause": pause(job, ahead),
        "failure": words.failure(job) if job.status == Status.FAIL else "",
        "result": result_of(job) if job.status == Status.SUCCESS else None,
        "result_templates": templates_for(job),
        "may_retry": access.may_retry,
        "retry_url": _url("live-retry", access),
        "fragment_url": url,
        "htmx": htmx,
        "htmx_url": f"{url}?{urlencode({'htmx': 1, 'seen': seen.state})}",
        "widget_id": f"uai-live-{access.asked}",
    }


def tag_of(access: Access, seen: Shown, *variants: object) -> str:
    """An ETag that changes when what is shown does. Weak: a form's token differs each time."""
    what = repr((seen, access.may_retry, get_language(), *variants))
    return f'W/"{blake2s(what.encode(), digest_size=12).hexdigest()}"'


def _url(name: str, access: Access) -> str:
    return reverse(f"universal_ai:{name}", args=[access.key])


def _streams(request: HttpRequest) -> bool:
    return isinstance(request, ASGIRequest) and live_settings().STREAM
