"""Webhooks that come too early, twice, in contradiction, forged, or to the wrong customer."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.upstream.signing import Key, other_key, service_key

from .conftest import Stages
from .proxy import free_port
from .size import LONG, RECOVERY
from .stage import KEY, Stage
from .waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.services, pytest.mark.timeout(300)]

JOBS = 1000 if LONG else 120
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


@pytest.fixture
def announced(stages: Stages) -> tuple[Stage, Site]:
    """A service that signs and announces, and a site that has its key."""
    port = free_port()
    options = {
        "webhook_url": f"http://127.0.0.1:{port}",
        "webhook_public_keys": [service_key().pem],
    }
    stage = stages(options=options, rate_limit=60, sign=service_key().headers, seconds=0.5)
    stage.upstream.configure(keys={KEY: "main", OTHERS_KEY: "other"})
    return stage, Site(stage, port)


def settle(stage: Stage) -> None:
    """Every job ended, and its price is known: no webhook tells it."""
    stage.await_settled(RECOVERY)
    until(lambda: stage.database.value(NO_COST) == 0, RECOVERY, "every cost is known")


def event(stage: Stage, pk: str, **changes: Any) -> dict[str, Any]:
    """The webhook of an ended job, as the service would send it."""
    public_id = stage.job(pk)["public_id"]
    there = next(job for job in stage.upstream.jobs() if job["public_id"] == public_id)
    names = ("status", "feature", "subfeature", "provider", "model", "created_at", "output")
    body = {"event": "async_job_completed", "job_id": public_id}
    body |= {name: there[name] for name in names}
    body |= {"finished_at": there["created_at"]}
    return body | {"user_parameters": there["body"]["user_webhook_parameters"]} | changes


def test_unanswered_posts_are_resolved_without_a_person(announced: tuple[Stage, Site]) -> None:
    """One in twenty is accepted and never answered; each job's webhook brings its id."""
    stage, _ = announced
    stage.upstream.fault("lost", method="POST", path="async$", times=0, chance=0.05)
    stage.worker()
    stage.submit(JOBS)
    settle(stage)
    until(lambda: set(stage.statuses().values()) == {"success"}, 60, "all are resolved")
    settle(stage)
    lost = [entry for entry in stage.upstream.posts() if entry["fault"] == "lost"]
    verdict = stage.judge()
    sys.stdout.write(f"{len(lost)} of {JOBS} unanswered, all resolved by their webhooks\n")
    assert lost
    assert verdict.most_accepted == 1
    assert verdict.states == {"success": JOBS}


def test_a_webhook_before_the_answer_is_stored(announced: tuple[Stage, Site]) -> None:
    """And polls at the same instant: each job ends once."""
    stage, _ = announced
    stage.upstream.configure(seconds=0)
    stage.upstream.fault("silence", method="POST", path="async$", times=10, seconds=1.5)
    stage.worker()
    stage.submit(20)
    settle(stage)
    assert stage.judge().states == {"success": 20}


def test_what_is_replayed_contradicting_forged_or_anothers_changes_nothing(
    announced: tuple[Stage, Site],
) -> None:
    stage, site = announced
    stage.worker("-c", "1")
    (ended,) = stage.submit(1)
    settle(stage)
    stage.upstream.configure(seconds=None)
    (running,) = stage.submit(1)
    until(lambda: stage.statuses()[running] == "processing", 30, "it is at work")
    before = stage.job(ended)

    valid = event(stage, ended)
    assert site.post(valid, service_key()) == 200  # replayed
    contradicting = {"status": "fail", "output": None, "error": {"message": "no"}}
    assert site.post(valid | contradicting, service_key()) == 200
    forged = event(stage, running, status="success", output={"text": "forged"})
    for mutant, headers in mutants(forged):
        assert site.post_raw(mutant, headers) in (400, 401, 403)
    public_id, body = others_job(stage)
    token = forged["user_parameters"]
    assert site.post(forged | {"job_id": public_id, "user_parameters": token}, service_key()) == 200
    assert site.post(forged | {"job_id": public_id, "user_parameters": body}, service_key()) == 200

    stage.upstream.finish(stage.job(running)["public_id"])
    settle(stage)
    assert stage.job(ended) == before
    assert stage.judge().states == {"success": 2}


def mutants(body: dict[str, Any]) -> Iterator[tuple[bytes, dict[str, str]]]:
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
