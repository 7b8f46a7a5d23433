"""The lean service keeps to the contract where the benchmarks need it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.upstream import Control, upstream
from benchmarks.upstream.state import endless_id
from django_universal_ai.contract import JobList, JobResponse
from django_universal_ai.contract.signature import SIGNATURE_HEADER
from tests.faults.waiting import until
from tests.upstream.test_upstream import receiver

JOBS = "/v3/universal-ai/async"
BODY = {"model": "ocr/ocr_async/amazon", "input": {"file": "https://files.example/a.pdf"}}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Control]:
    with upstream(tmp_path / "upstream.log") as control:
        yield control


@pytest.fixture
def client(service: Control) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, headers={"Authorization": "Bearer me"}) as made:
        yield made


def test_a_job_ends_when_its_time_has_come(service: Control, client: httpx.Client) -> None:
    service.configure(durations=[0.05, 0.2])
    first, second = (client.post(JOBS, json=BODY).json() for _ in range(2))
    assert JobResponse.model_validate(first).status == "processing"
    until(lambda: not service.at_work(), 10, "both ended", every=0.01)
    answer = JobResponse.model_validate(client.get(f"{JOBS}/{second['public_id']}").json())
    assert (answer.status, str(answer.cost)) == ("success", "0.0125")
    jobs = service.jobs("me")
    assert [job.looks for job in jobs] == [0, 1]
    for job, seconds in zip(jobs, (0.05, 0.2), strict=True):
        assert job.ended
        assert job.ended - job.started >= seconds - 0.01
    assert service.counts("me") == {"POST 202": 2, "GET 200": 1}
    service.reset()
    assert service.jobs("me") == []


def test_the_list_is_read_page_by_page(service: Control, client: httpx.Client) -> None:
    service.fill("me", 1500, "ocr/ocr_async/amazon")
    pages = [
        JobList.model_validate(
            client.get(JOBS, params={"status": "processing", "limit": 1000, "page": page}).json()
        )
        for page in (1, 2)
    ]
    assert [len(page.items) for page in pages] == [1000, 500]
    assert {page.total for page in pages} == {1500}
    listed = {item.public_id for page in pages for item in page.items}
    assert listed == {endless_id(nth) for nth in range(1500)}
    assert [page for _, page in service.lists()] == [1, 2]


def test_a_service_may_have_no_list(service: Control, client: httpx.Client) -> None:
    service.configure(has_list=False)
    assert client.get(JOBS).status_code == 404


def test_no_more_than_the_limit_in_any_second(service: Control, client: httpx.Client) -> None:
    service.configure(rate_limit=3)
    answers = [client.get(JOBS) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 2
    assert answers[-1].headers["Retry-After"] == "1"
    time.sleep(1.05)
    assert client.get(JOBS).status_code == 200


def test_a_webhook_is_signed_and_sent_until_it_is_taken(
    service: Control, client: httpx.Client
) -> None:
    service.configure(durations=[0.01], webhooks=True)
    with receiver([500, 200]) as (url, got):
        hooks: dict[str, Any] = {"webhook_receiver": url, "user_webhook_parameters": {"t": "1"}}
        job = client.post(JOBS, json=BODY | hooks).json()
        until(lambda: service.at_work() == 0, 10, "it is told", every=0.01)
    headers, event = got[-1]
    assert event["job_id"] == job["public_id"]
    assert event["user_parameters"] == {"t": "1"}
    assert headers[SIGNATURE_HEADER]
    assert "BEGIN PUBLIC KEY" in service.public_key()
    assert service.counts("me") == {"POST 202": 1, "WEBHOOK 500": 1, "WEBHOOK 200": 1}
