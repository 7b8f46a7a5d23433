"""``GET /health``, for load balancers: whether this process serves and its database answers."""

from __future__ import annotations

import logging

from django.db import Error, connections
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from ..models.database import database
from .api.errors import refusal

logger = logging.getLogger("django_universal_ai")


@require_safe
@cache_control(no_store=True)
def view(request: HttpRequest) -> JsonResponse:
    """One query, and no token: a probe has none. What is wrong is for the log."""
    try:
        with connections[database()].cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        logger.warning("the health page can't reach the database: %s", error)
        return refusal(503, "The database doesn't answer.")
    return JsonResponse({"status": "ok"})
