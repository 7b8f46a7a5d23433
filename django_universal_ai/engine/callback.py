"""Where the service is asked to tell us of a job's end, and the secret by which we know it."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from django.urls import NoReverseMatch, reverse

from ..backends import BaseBackend
from ..contract import JobRequest

#: Seconds between two looks at a job whose end a webhook will tell: it's sent again for about so
#: long, and looks only make up for one that never came.
BACKUP = 60.0

logger = logging.getLogger("django_universal_ai")

#: Our key in ``user_webhook_parameters``; it comes back in the webhook's ``user_parameters``.
TOKEN_PARAMETER = "django_universal_ai_token"  # noqa: S105 - a name


def callback(backend: BaseBackend, request: JobRequest, token: str) -> dict[str, Any]:
    """What is added to a request on the wire so that a webhook comes: nothing without a URL.

    A ``webhook_receiver`` of the host's own stays, and then nothing is added: the token would go
    to a stranger. The host's parameters are sent along with ours.
    """
    root = backend.options.get("webhook_url")
    if not root or request.webhook_receiver:
        return {}
    try:
        receiver = receiver_url(root)
    except NoReverseMatch:
        logger.error(
            "backend %r: no webhooks, for django_universal_ai.urls isn't included in the URLconf",
            backend.alias,
        )
        return {}
    parameters = {**(request.user_webhook_parameters or {}), TOKEN_PARAMETER: token}
    return {"webhook_receiver": receiver, "user_webhook_parameters": parameters}


class Told(Protocol):
    """What says whether a webhook comes to us: a job, or what was read of it."""

    @property
    def webhook_receiver(self) -> str | None: ...
    @property
    def relays_webhook(self) -> bool: ...


def backed_up(backend: BaseBackend, job: Told, pause: float) -> float:
    """The pause until the next look, where a webhook will most likely tell before it."""
    goes_to_us = job.relays_webhook or not job.webhook_receiver
    is_told = backend.options.get("webhook_url") and goes_to_us
    return max(pause, BACKUP) if is_told else pause


def receiver_url(root: str) -> str:
    """The webhook's address below the public root of this site.

    Raises :class:`~django.urls.NoReverseMatch` where the URLs aren't included.
    """
    return root.rstrip("/") + reverse("universal_ai:webhook")
