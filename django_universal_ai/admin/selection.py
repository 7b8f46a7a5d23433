"""The rows that an action is about."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..models import UniversalAIJob
from .search import as_uuid


def posted(request: HttpRequest, rows: QuerySet[UniversalAIJob]) -> QuerySet[UniversalAIJob]:
    """Those of the rows whose ids a confirmation page sent back."""
    ids = filter(None, map(as_uuid, request.POST.getlist(ACTION_CHECKBOX_NAME)))
    return rows.filter(pk__in=list(ids))


def chosen(request: HttpRequest, rows: QuerySet[UniversalAIJob], most: int) -> list[UniversalAIJob]:
    """The selected jobs; none, and a message, where there are none or more than ``most``."""
    found = list(rows[: most + 1])
    if not found:
        messages.warning(request, _("There is no such job (any more)."))
    elif len(found) > most:
        words = _("Select at most %(count)d jobs for this action; nothing was done.")
        messages.error(request, words % {"count": most})
        return []
    return found
