"""Who may see a job, and who may ask for it again.

The last part of an address, its *key*, is a job's id, or a signed link's. A key that leads nowhere,
a job that belongs to somebody else and a link whose time is over are one and the same 404.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from ..models import Status, UniversalAIJob
from .conf import live_settings
from .links import Link, read_key
from .rows import newest, rows

if TYPE_CHECKING:
    from .conf import Rule


@dataclass(frozen=True, slots=True)
class Access:
    """A job that may be seen."""

    #: What addresses of it end in: it stays the same when the job is asked for again.
    key: str
    #: The id of the job that the key names.
    asked: uuid.UUID
    #: What is to be shown: the job that the key names, or the one in its place.
    job: UniversalAIJob
    may_retry: bool


def find(request: HttpRequest, key: str) -> Access:
    """The job that a key leads to. Raises ``Http404``."""
    link = read_key(key)
    if link is None:
        # Before a job is looked for: "Vary: Cookie" on some 404s alone would tell which exist.
        _is_known(request)
    pk = link.pk if link else _id(key)
    job = rows().filter(pk=pk).first() if pk else None
    if job is None or not (link or may_see(request, job)):
        raise Http404(_("There is no such job (any more)."))
    return access(request, key, job, link)


def access(request: HttpRequest, key: str, job: UniversalAIJob, link: Link | None = None) -> Access:
    """What whoever asks may do with a job that she may see."""
    shown = newest(job)
    may_retry = shown.status == Status.FAIL and _may_retry(request, shown, link)
    return Access(key, job.pk, shown, may_retry)


def may_see(request: HttpRequest, job: UniversalAIJob) -> bool:
    """Whether whoever asks may see the job without a signed link."""
    if rule := live_settings().may_see:
        return _agrees(rule, request, job)
    return _is_known(request) and job.owner_id == request.user.pk


def _may_retry(request: HttpRequest, job: UniversalAIJob, link: Link | None) -> bool:
    """A link has to say so, and no rule be against it; without one, a rule has to be for it."""
    if link is not None and not link.may_retry:
        return False
    rule = live_settings().may_retry
    return _agrees(rule, request, job) if rule else link is not None


def _agrees(rule: Rule, request: HttpRequest, job: UniversalAIJob) -> bool:
    try:
        return bool(rule(request, job))
    except PermissionDenied:  # as any other no: a 403 would tell that there is a job
        return False


def _is_known(request: HttpRequest) -> bool:
    """Whether somebody is signed in; a site may have no users at all."""
    return hasattr(request, "user") and request.user.is_authenticated


def _id(key: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(key)
    except ValueError:
        return None
