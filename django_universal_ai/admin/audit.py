"""Who did what: Django's own log of admin actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest
from django.utils.text import capfirst


def changed(request: HttpRequest, rows: Sequence[Model], message: str) -> None:
    """Log that the person did this to each of the rows."""
    _log(request, rows, CHANGE, message)


def added(request: HttpRequest, row: Model, message: str) -> None:
    """Log that the person made the row."""
    _log(request, [row], ADDITION, message)


def exported(request: HttpRequest, model: type[Model], message: str) -> None:
    """Log that the person took rows of a model away; no row of it is named."""
    LogEntry.objects.create(
        user_id=cast("int", request.user.pk),
        content_type=ContentType.objects.get_for_model(model),
        object_repr=capfirst(str(model._meta.verbose_name_plural)),
        action_flag=CHANGE,
        change_message=message,
    )


def _log(request: HttpRequest, rows: Sequence[Model], flag: int, message: str) -> None:
    if rows:
        LogEntry.objects.log_actions(
            user_id=cast("int", request.user.pk),  # nobody comes here without having logged in
            queryset=rows,
            action_flag=flag,
            change_message=message,
        )
