"""A job's page, the part of it that changes, and asking again."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotModified,
    HttpResponseRedirect,
)
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from .. import jobs
from ..models import Status, UniversalAIJob
from .access import Access, find
from .pace import pause
from .rendering import fragment as render_fragment
from .rendering import tag_of, widget_context
from .shown import shown

logger = logging.getLogger("django_universal_ai")

#: What the script of this app says in each of its requests.
SCRIPT = "universal-ai"


@login_not_required
@csrf_protect  # gives out the token for the button, also where the host's middleware doesn't
@require_safe
def page(request: HttpRequest, key: str) -> HttpResponse:
    """A page about nothing but the job: where links in e-mails lead."""
    return _private(_page(request, find(request, key)))


@login_not_required
@csrf_protect
@require_safe
def fragment(request: HttpRequest, key: str) -> HttpResponse:
    """The part that changes; 304 while nothing did. ``Retry-After`` says when to ask again."""
    htmx = "htmx" in request.GET
    try:
        access = find(request, key)
    except Http404:
        if not htmx:
            raise
        # htmx leaves a page as it is at a 404, and asks again for ever; 286 ends that.
        return _private(render(request, "universal_ai/live/gone.html", status=286))
    job = access.job
    ahead = job.outlook
    etag = tag_of(access, shown(job, ahead), htmx)
    response = get_conditional_response(request, etag=etag)
    if not isinstance(response, HttpResponseNotModified):
        seen = request.GET.get("seen", "")
        response = HttpResponse(render_fragment(request, access, htmx=htmx, seen=seen))
    response["ETag"] = etag
    if seconds := pause(job, ahead):
        response["Retry-After"] = str(seconds)
    return _private(response)


@login_not_required
@csrf_protect
@require_POST
def retry(request: HttpRequest, key: str) -> HttpResponse:
    """Ask once more for what failed: once for each failed job, however often it is clicked."""
    access = find(request, key)
    problem = ""
    # A second click names the job that the first one has replaced already.
    if request.POST.get("job") == str(access.job.pk) and access.job.status == Status.FAIL:
        if not access.may_retry:
            raise PermissionDenied(_("This can't be tried again from here."))
        try:
            access = _again(access)
        except ValidationError:
            logger.warning("job %s can't be asked for again", access.job.pk, exc_info=True)
            problem = _("It can't be tried again: what it needs isn't there any more.")
    if request.headers.get("X-Requested-With") == SCRIPT or "HX-Request" in request.headers:
        htmx = "htmx" in request.GET
        seen = request.POST.get("seen", "")
        html = render_fragment(request, access, htmx=htmx, seen=seen, problem=problem)
        return _private(HttpResponse(html))
    if problem:
        return _private(_page(request, access, problem=problem, status=409))
    return _back(request, key)


def _again(access: Access) -> Access:
    job = UniversalAIJob.objects.get(pk=access.job.pk)  # with its input
    again = jobs.resubmit(job, idempotency_key=f"live:{job.pk}")
    logger.info("job %s was asked for again on its page, as %s", job.pk, again.pk)
    return Access(access.key, access.asked, again, may_retry=False)


def _back(request: HttpRequest, key: str) -> HttpResponseRedirect:
    """To the page where the button was, if it is one of this site."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, None, require_https=request.is_secure()):
        return HttpResponseRedirect(wanted)
    return redirect("universal_ai:live", key)


def _page(
    request: HttpRequest, access: Access, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = widget_context(request, access, htmx=False, reload=True, media=True)
    context["problem"] = problem
    return render(request, "universal_ai/live/page.html", context, status=status)


def _private(response: HttpResponse) -> HttpResponse:
    """The address may be a secret, and the page is one person's."""
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
