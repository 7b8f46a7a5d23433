from __future__ import annotations

import httpx
import pytest

from django_universal_ai.testing.live import LiveUniversalAI

from .test_kit import INPUT, SPEECH

pytest.importorskip("ninja", reason="the extra [gateway] is not installed")


def test_code_that_speaks_http_gets_its_result(live_universal_ai: LiveUniversalAI) -> None:
    live_universal_ai.universal_ai.on(SPEECH).succeed({"text": "Hello"}, cost="0.5")
    jobs = f"{live_universal_ai.url}/universal-ai/async"
    with httpx.Client(headers=live_universal_ai.headers) as client:
        made = client.post(jobs, json={"model": SPEECH, "input": INPUT})
        assert made.status_code == 202
        job = client.get(f"{jobs}/{made.json()['public_id']}").json()
    assert (job["status"], job["output"]["text"], job["cost"]) == ("success", "Hello", "0.500")
    live_universal_ai.universal_ai.assert_submitted(SPEECH)


def test_strangers_are_not_let_in(live_universal_ai: LiveUniversalAI) -> None:
    assert httpx.get(f"{live_universal_ai.url}/universal-ai/async").status_code == 401
    assert live_universal_ai.token not in repr(live_universal_ai)
