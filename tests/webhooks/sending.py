"""Webhooks as the service posts them."""

from __future__ import annotations

import json
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client

from django_universal_ai.engine.callback import TOKEN_PARAMETER
from django_universal_ai.models import UniversalAIJob, WebhookReceipt
from tests.upstream.signing import Key, service_key

URL = "/universal-ai/webhook/"
TOKEN = "the-token-of-a-submission"


def event(job: UniversalAIJob | None = None, *, token: str | None = None, **fields: Any) -> Any:
    """The body of a webhook, by default about the good end of ``job``."""
    body: dict[str, Any] = {
        "event": "async_job_completed",
        "job_id": (job and job.public_id) or "0b5c1d9e-0000-4000-8000-000000000001",
        "status": "success",
        "feature": "audio",
        "subfeature": "speech_to_text_async",
        "provider": "google",
        "model": None,
        "created_at": "2025-01-01T00:00:00Z",
        "finished_at": "2025-01-01T00:01:00Z",
        "output": {"text": "hello", "score": 1e16},
    }
    if token is not None:
        body["user_parameters"] = {TOKEN_PARAMETER: token, "case": 7}
    return body | fields


def post(
    body: Any, *, key: Key | None = None, url: str = URL, client: Client | None = None, **more: Any
) -> HttpResponse:
    """Post ``body`` (bytes as they are), signed with ``key`` where one is given."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"X-Edenai-Webhook": "true"} | (key.headers(raw) if key else {})
    headers |= more.pop("headers", {})
    sender = client or Client(enforce_csrf_checks=True)
    more.setdefault("content_type", "application/json")
    answer = sender.post(url, raw, headers=headers, **more)
    return cast(HttpResponse, answer)


def post_signed(body: Any, **more: Any) -> HttpResponse:
    return post(body, key=service_key(), **more)


def receipt() -> WebhookReceipt:
    """The only one."""
    return WebhookReceipt.objects.get()
