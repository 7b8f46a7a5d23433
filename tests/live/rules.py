"""Rules that a host might have."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from django_universal_ai.models import UniversalAIJob

NOT_A_RULE = "just text"


def always(request: HttpRequest, job: UniversalAIJob) -> bool:
    return True


def never(request: HttpRequest, job: UniversalAIJob) -> bool:
    return False


def refuse(request: HttpRequest, job: UniversalAIJob) -> bool:
    raise PermissionDenied


def by_session(request: HttpRequest, job: UniversalAIJob) -> bool:
    """As a shop does for customers without an account."""
    return str(job.pk) in request.session.get("jobs", [])
