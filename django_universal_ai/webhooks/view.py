"""The view that webhooks are posted to.

It stores and answers; the work is done afterwards, by a worker. Whatever comes in, it answers with
200 or 4xx: the service repeats a 5xx, and a webhook that is no good won't get better.
"""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ..contract.signature import SIGNATURE_HEADER
from ..models import Signature
from . import inbox, ping
from .body import TooLarge, read_body, take_apart
from .trust import judge

logger = logging.getLogger("django_universal_ai")

#: Says in every answer that it was this view that answered.
WHO = "django-universal-ai"


@csrf_exempt
@login_not_required
@transaction.non_atomic_requests
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Take a webhook in: 200 once it is stored, also for a copy; 4xx for what is no good."""
    if ping.is_ping(request.headers.get(ping.HEADER, "")):
        return _answer(200, "pong")
    try:
        raw = read_body(request)
    except TooLarge:
        return _answer(413, "The body is too large.")
    except (OSError, ValueError):
        return _answer(400, "The body can't be read.")
    try:
        return _receive(raw, request.headers.get(SIGNATURE_HEADER, ""))
    except Error:
        logger.exception("A webhook couldn't be stored; the service will send it again")
        return _answer(503, "Try again later.")


def _receive(raw: bytes, signature: str) -> HttpResponse:
    verdict = judge(raw, signature)
    if verdict.signature == Signature.INVALID:
        inbox.refuse(raw, verdict, verdict.reason)
        return _answer(401, verdict.reason)
    try:
        note = take_apart(raw)
    except ValueError as error:
        inbox.refuse(raw, verdict, f"Not a webhook: {error}.")
        return _answer(400, f"Not a webhook: {error}.")
    inbox.keep(note, verdict)
    return _answer(200, "Stored.")


def _answer(status: int, detail: str) -> HttpResponse:
    return JsonResponse({"who": WHO, "detail": detail}, status=status)
