from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from django_universal_ai.models import UniversalAIJob
from django_universal_ai.signals import job_succeeded
from django_universal_ai.testing import live_urls
from django_universal_ai.testing.live import LiveUniversalAI

from .test_kit import INPUT, SPEECH, now

pytest.importorskip("ninja", reason="the extra [gateway] is not installed")

JOBS = "universal-ai/async"


@pytest.fixture
def client(live_universal_ai: LiveUniversalAI) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live_universal_ai.url, headers=live_universal_ai.headers) as client:
        yield client


def submit(client: httpx.Client) -> str:
    """The new job's id."""
    made = client.post(JOBS, json={"model": SPEECH, "input": INPUT})
    assert made.status_code == 202
    return str(made.json()["public_id"])


def look(client: httpx.Client, job_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{JOBS}/{job_id}").json()
    return answer


def test_code_that_speaks_http_gets_its_result(
    live_universal_ai: LiveUniversalAI, client: httpx.Client
) -> None:
    live_universal_ai.universal_ai.on(SPEECH).succeed({"text": "Hello"}, cost="0.5")
    job = look(client, submit(client))
    assert (job["status"], job["output"]["text"], job["cost"]) == ("success", "Hello", "0.500")
    live_universal_ai.universal_ai.assert_submitted(SPEECH)


@pytest.mark.parametrize("others", [0, 2])
def test_a_job_moves_on_with_each_look(
    live_universal_ai: LiveUniversalAI, client: httpx.Client, others: int
) -> None:
    live_universal_ai.universal_ai.on(SPEECH).succeed(polls=3)
    first, *_ = [submit(client) for _ in range(others + 1)]
    seen = [look(client, first)["status"] for _ in range(5)]
    assert seen == ["processing", "processing", "processing", "success", "success"]


def test_a_list_is_a_look_too(client: httpx.Client) -> None:
    submit(client)
    (job,) = client.get(JOBS).json()["items"]
    assert job["status"] == "success"


def test_a_job_that_ended_moves_no_other_one_to_its_end(client: httpx.Client) -> None:
    ended = submit(client)
    assert look(client, ended)["status"] == "success"
    other = submit(client)
    for _ in range(3):
        look(client, ended)
    assert now(UniversalAIJob.objects.get(pk=other)).status == "processing"


def test_a_job_whose_end_only_a_webhook_tells_stays_at_work(
    live_universal_ai: LiveUniversalAI, client: httpx.Client
) -> None:
    live_universal_ai.universal_ai.on(SPEECH).succeed(only_by_webhook=True)
    job_id = submit(client)
    assert [look(client, job_id)["status"] for _ in range(3)] == ["processing"] * 3


def test_a_job_that_nobody_can_tell_of_stays_as_it_is(
    live_universal_ai: LiveUniversalAI, client: httpx.Client
) -> None:
    live_universal_ai.universal_ai.on(SPEECH).lose_reply(arrived=False)
    job_id = submit(client)
    assert [look(client, job_id)["status"] for _ in range(2)] == ["processing"] * 2
    assert UniversalAIJob.objects.get().status == "uncertain"


def test_a_look_waits_an_hour_at_the_most(
    live_universal_ai: LiveUniversalAI, client: httpx.Client
) -> None:
    live_universal_ai.universal_ai.on(SPEECH).rate_limit(retry_after=7200)
    look(client, submit(client))
    assert UniversalAIJob.objects.get().status == "pending"
    assert len(live_universal_ai.universal_ai.posts) == 1


def test_an_id_that_is_none_is_refused_as_usual(client: httpx.Client) -> None:
    assert client.get(f"{JOBS}/nonsense").status_code == 422


def test_strangers_are_not_let_in(live_universal_ai: LiveUniversalAI) -> None:
    assert httpx.get(f"{live_universal_ai.url}/{JOBS}").status_code == 401
    assert live_universal_ai.token not in repr(live_universal_ai)


def test_receivers_know_the_project_s_urls(client: httpx.Client) -> None:
    told: list[str] = []

    def receiver(**kwargs: Any) -> None:
        told.append(reverse("admin:index"))

    signal: Signal = job_succeeded
    signal.connect(receiver, weak=False)
    try:
        look(client, submit(client))
    finally:
        signal.disconnect(receiver)
    assert told == ["/admin/"]


def nothing_here(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse("Not here.", status=404)


def test_the_project_s_own_pages_are_served(
    monkeypatch: pytest.MonkeyPatch, live_universal_ai: LiveUniversalAI
) -> None:
    monkeypatch.setattr("tests.urls.handler404", nothing_here, raising=False)
    root = live_universal_ai.url.removesuffix("/v3")
    assert httpx.get(f"{root}/admin/login/").status_code == 200
    assert httpx.get(f"{root}/nowhere/").text == "Not here."
    assert not hasattr(live_urls, "default_args")  # the rest of the project's module is its own
