"""``{% load universal_ai %}``: how jobs stand, on the host's own pages."""

from __future__ import annotations

import logging
from typing import Any

from django import template
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.template import Context

from ..live.access import access, may_see
from ..live.checks import REQUEST
from ..live.links import Link, link_to, signed_key
from ..live.rendering import widget
from ..models import UniversalAIJob

logger = logging.getLogger("django_universal_ai")
register = template.Library()

_MEDIA = "universal_ai_media"


@register.simple_tag(takes_context=True)
def universal_ai_status(
    context: Context,
    job: UniversalAIJob | None,
    *,
    signed: bool | str = False,
    htmx: bool = False,
    reload: bool = False,
) -> str:
    """Where the job stands, renewed by itself: ``{% universal_ai_status job %}``.

    Nothing for whoever may not see the job, unless it is ``signed``: then the page's own rules
    decide, and its script uses a link that expires; ``signed="retry"`` lets it ask again, too.
    ``htmx`` leaves the renewing to htmx. ``reload`` loads the page anew where scripts don't run.
    """
    if job is None:
        return ""
    request = _request(context)
    link = Link(job.pk, may_retry=signed == "retry") if signed else None
    if link is None and not may_see(request, job):
        logger.warning(
            "job %s isn't shown at %s: whoever looks isn't its owner. Set "
            "UNIVERSAL_AI_LIVE['MAY_SEE'], or use signed=True on pages that check it themselves.",
            job.pk,
            request.path,
        )
        return ""
    key = signed_key(job, retry=link.may_retry) if link else str(job.pk)
    shown = access(request, key, job, link)
    return widget(request, shown, htmx=htmx, reload=reload, media=_is_first(context))


@register.simple_tag
def universal_ai_link(job: UniversalAIJob, root: str | None = None, retry: bool = False) -> str:
    """A signed link to a page that shows the job: ``{% universal_ai_link job %}``."""
    return link_to(job, root, retry=retry)


def _request(context: Context) -> HttpRequest:
    request: Any = context.get("request")
    if not isinstance(request, HttpRequest):
        raise ImproperlyConfigured(
            "{% universal_ai_status %} has to know who looks, but the template has no request. "
            f"Add {REQUEST!r} to TEMPLATES, and render with the request."
        )
    return request


def _is_first(context: Context) -> bool:
    """Whether this template didn't load the script and the style sheet yet."""
    is_first = _MEDIA not in context.render_context
    context.render_context[_MEDIA] = True
    return is_first
