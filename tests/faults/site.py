"""A site that has webhooks, and a service that signs what it announces."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from tests.upstream.signing import Key, other_key, service_key

from .size import RECOVERY
from .stage import Stage
from .waiting import until

OTHERS_KEY = "sk-another-customer"
NO_COST = (
    "SELECT count(*) FROM universal_ai_universalaijob WHERE status = 'success' AND cost IS NULL"
)


class Site:
    """The site's webhook, as seen from outside."""

    def __init__(self, stage: Stage, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/universal-ai/webhook/"
        stage.site(port)

    def post(self, body: dict[str, Any], key: Key | None) -> int:
        """The status of its answer."""
        raw = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | (key.headers(raw) if key else {})
        return self.post_raw(raw, headers)

    def post_raw(self, raw: bytes, headers: dict[str, str]) -> int:
        request = urllib.request.Request(self._url, raw, headers)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code


def settle(stage: Stage, seconds: float = RECOVERY) -> None:
    """Every job ended, and its price is known: no webhook tells it."""
    stage.await_settled(seconds)
    until(lambda: stage.database.value(NO_COST) == 0, RECOVERY, "every cost is known")


def event(there: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The webhook of a job, as the service would send it."""
    names = ("status", "feature", "subfeature", "provider", "model", "created_at", "output")
    body = {"event": "async_job_completed", "job_id": there["public_id"]}
    body |= {name: there[name] for name in names}
    body |= {"finished_at": there["created_at"]}
    return body | {"user_parameters": there["body"]["user_webhook_parameters"]} | changes


def forgeries(body: dict[str, Any]) -> Iterator[tuple[bytes, dict[str, str]]]:
    """Webhooks that the service didn't sign, made of one that it could have."""
    json_type = {"Content-Type": "application/json"}
    raw = json.dumps(body).encode()
    signed = json.dumps(body | {"status": "processing"}).encode()
    yield raw, json_type
    yield raw, json_type | other_key().headers(raw)
    yield raw, json_type | service_key().headers(signed)
    for change in (lambda s: s[:-2], lambda s: s[2:] + s[:2], lambda s: "", lambda s: s * 2):
        good = service_key().headers(raw)["X-Edenai-Signature"]
        yield raw, json_type | {"X-Edenai-Signature": change(good)}


def others_job(stage: Stage) -> tuple[str, dict[str, Any]]:
    """A job of another customer of the same service, whose key pair signs for all."""
    body = {
        "model": "audio/speech_to_text_async/google",
        "input": {"file": "https://files.example/another.wav"},
        "provider_params": {"serial": -1},
        "user_webhook_parameters": {"theirs": 1},
    }
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{stage.upstream.url}/v3/universal-ai/async",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {OTHERS_KEY}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
        return str(json.load(answer)["public_id"]), {"theirs": 1}
