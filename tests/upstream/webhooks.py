"""Telling the receivers of ended jobs, as the service does: up to three retries, never after a 4xx.

``sign`` is the hook for signatures: it gets the raw body and gives more headers.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from .jobs import Job, iso
from .settings import Settings

Sign = Callable[[bytes], Mapping[str, str]]
RETRIES = 3


@dataclass(slots=True)
class Delivery:
    """What became of one job's webhook: a status or an error's name per attempt."""

    public_id: str
    url: str
    attempts: list[int | str] = field(default_factory=list)
    #: Unix time at which the receiver had said that it has it.
    delivered_at: float | None = None


def body_of(job: Job) -> dict[str, Any]:
    """The event as it is sent. It holds no cost."""
    assert job.finished_at
    body = {"event": "async_job_completed", "job_id": job.public_id} | job.summary()
    del body["public_id"]
    body["finished_at"] = iso(job.finished_at)
    body |= (
        {"error": job.ending["error"]} if job.status == "fail" else {"output": job.ending["output"]}
    )
    if job.body.get("show_original_response"):
        body["original_response"] = job.detail()["original_response"]
    if job.body.get("user_webhook_parameters") is not None:
        body["user_parameters"] = job.body["user_webhook_parameters"]
    return body


class Webhooks:
    """Delivers in threads of its own; ``deliveries`` tells how it went."""

    def __init__(self, settings: Settings, stopped: threading.Event) -> None:
        self._settings = settings
        self._stopped = stopped
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="upstream-webhook")
        self.sign: Sign = lambda body: {}
        self.deliveries: list[Delivery] = []

    def announce(self, job: Job) -> None:
        url = job.body.get("webhook_receiver")
        if self._settings.webhooks and url and not self._stopped.is_set():
            delivery = Delivery(job.public_id, url)
            self.deliveries.append(delivery)
            self._pool.submit(self._deliver, delivery, json.dumps(body_of(job)).encode())

    def _deliver(self, delivery: Delivery, body: bytes) -> None:
        for _ in range(1 + RETRIES):
            outcome = self._attempt(delivery.url, body)
            if isinstance(outcome, int) and outcome < 300:
                delivery.delivered_at = time.time()
            delivery.attempts.append(outcome)
            if isinstance(outcome, int) and outcome < 500:
                return
            if self._stopped.wait(self._settings.webhook_retry_delay):
                return

    def _attempt(self, url: str, body: bytes) -> int | str:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "EdenAI/Ai-Features",
            "X-Edenai-Webhook": "true",
            "X-Edenai-Hash-Algorithm": "SHA256",
        }
        request = urllib.request.Request(url, body, headers | dict(self.sign(body)))  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError as error:
            return type(error).__name__

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
