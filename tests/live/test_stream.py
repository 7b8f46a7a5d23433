"""Changes as they come."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from pytest_django import Settings

from django_universal_ai.engine.outlook import Outlook
from django_universal_ai.live import stream
from django_universal_ai.live.lookout import Lookout, Seen
from django_universal_ai.models import UniversalAIJob
from tests.rows import make_job

from .conftest import url_of

pytestmark = pytest.mark.django_db(transaction=True)


class Workers:
    """What they do to the job, look by look."""

    def __init__(self, job: UniversalAIJob) -> None:
        self.job = job
        self.steps: list[dict[str, Any] | None] = []

    def look(self, asked: tuple[uuid.UUID, ...]) -> dict[uuid.UUID, Seen]:
        if not self.steps:
            return {}
        step = self.steps.pop(0)
        if step is None:
            return {}
        for name, value in step.items():
            setattr(self.job, name, value)
        row = {name: getattr(self.job, name) for name in ("pk", "status", "progress")}
        return {self.job.pk: Seen(UniversalAIJob(**row), Outlook(progress=self.job.progress))}


@pytest.fixture
def job(ada: User) -> UniversalAIJob:
    return make_job("processing", owner=ada)


@pytest.fixture
def workers(job: UniversalAIJob, monkeypatch: pytest.MonkeyPatch) -> Workers:
    made = Workers(job)
    lookout = Lookout(made.look, every=0.01)
    monkeypatch.setattr(stream, "lookout", lambda: lookout)
    monkeypatch.setattr("django_universal_ai.live.lookout._hang_up", lambda: None)
    return made


async def answer(url: str) -> StreamingHttpResponse:
    return cast(StreamingHttpResponse, await AsyncClient().get(url))


def heard(url: str) -> list[dict[str, Any]]:
    """Every message until the connection ends."""

    async def hear() -> str:
        parts = cast(AsyncIterator[bytes], await answer(url))
        return b"".join([part async for part in parts]).decode()

    lines = async_to_sync(hear)().splitlines()
    assert lines[0].startswith("retry: ")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


def test_says_what_changes_until_the_end(job: UniversalAIJob, workers: Workers) -> None:
    workers.steps = [{"progress": 0.2}, {}, {"progress": 0.7}, {"status": "success"}]
    said = heard(url_of(job, "events", signed="see"))
    assert [(each["percent"], each["status"]) for each in said] == [
        (None, "processing"),
        (20, "processing"),
        (70, "processing"),
        (None, "success"),
    ]
    assert [each["is_finished"] for each in said] == [False, False, False, True]
    assert said[-1]["state"] == f"{job.pk}.success"


def test_a_job_that_is_removed_ends_it(job: UniversalAIJob, workers: Workers) -> None:
    workers.steps = [None]
    said = heard(url_of(job, "events", signed="see"))
    assert said[-1] == {"state": "gone", "is_finished": True}


@pytest.mark.usefixtures("workers")
def test_one_that_has_ended_says_so_at_once(ada: User) -> None:
    (said,) = heard(url_of(make_job("fail", owner=ada), "events", signed="see"))
    assert said["words"] == "It didn't work"


def test_ends_when_its_time_is_over(
    job: UniversalAIJob, workers: Workers, settings: Settings
) -> None:
    settings.UNIVERSAL_AI_LIVE = {"STREAM_SECONDS": 1}
    workers.steps = [{}] * 10_000
    said = heard(url_of(job, "events", signed="see"))
    assert not said[-1]["is_finished"]


def test_says_something_although_nothing_changes(
    job: UniversalAIJob, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.005)
    workers.steps = [{}, {}, {}, {"status": "success"}]
    said = heard(url_of(job, "events", signed="see"))
    assert len(said) >= 5


def test_more_than_enough_are_sent_away(
    job: UniversalAIJob, workers: Workers, settings: Settings
) -> None:
    settings.UNIVERSAL_AI_LIVE = {"MOST_STREAMS": 1}
    url = url_of(job, "events", signed="see")

    async def two() -> int:
        workers.steps = [{}] * 10_000
        first = aiter(await answer(url))
        await anext(first)
        await anext(first)
        second = await AsyncClient().get(url)
        assert second.headers["Retry-After"] == "30"
        return second.status_code

    assert async_to_sync(two)() == 503


@pytest.mark.usefixtures("workers")
def test_proxies_pass_it_on_and_keep_nothing(job: UniversalAIJob) -> None:
    headers = async_to_sync(answer)(url_of(job, "events", signed="see")).headers
    assert headers["Content-Type"] == "text/event-stream"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Encoding"] == "identity"


@pytest.mark.usefixtures("workers")
def test_is_for_who_may_see_the_job(job: UniversalAIJob, as_bob: Client) -> None:
    async def as_(client: AsyncClient) -> int:
        return (await client.get(url_of(job, "events"))).status_code

    stranger = AsyncClient()
    assert async_to_sync(as_)(stranger) == 404
    stranger.cookies = as_bob.cookies
    assert async_to_sync(as_)(stranger) == 404


def test_there_is_none_under_wsgi_or_where_it_is_off(
    job: UniversalAIJob, client: Client, settings: Settings
) -> None:
    url = url_of(job, "events", signed="see")
    assert client.get(url).status_code == 404
    settings.UNIVERSAL_AI_LIVE = {"STREAM": False}
    assert async_to_sync(answer)(url).status_code == 404


def test_words_are_in_the_visitors_language(
    job: UniversalAIJob, workers: Workers, settings: Settings
) -> None:
    settings.LANGUAGE_CODE = "de"
    workers.steps = [{"status": "success"}]
    assert heard(url_of(job, "events", signed="see"))[-1]["words"]


@pytest.mark.django_db
def test_a_transaction_of_somebody_else_is_not_ended(job: UniversalAIJob, workers: Workers) -> None:
    workers.steps = [{"status": "success"}]
    assert heard(url_of(job, "events", signed="see"))[-1]["is_finished"]
    assert connection.in_atomic_block
    assert UniversalAIJob.objects.get() == job
