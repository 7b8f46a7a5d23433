"""The same request sent again makes no second job."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from django_universal_ai import engine
from django_universal_ai.gateway import idempotency, tokens
from django_universal_ai.gateway.models import IdempotencyKey, Token
from django_universal_ai.models import UniversalAIJob
from tests.marks import concurrent

from .client import JOBS, MODEL, URL, Answer, Api
from .conftest import MakeApi
from .test_sync import MODERATION, SYNC

BODY = {"model": MODEL, "input": {"file": URL}}


def ask(api: Api, key: str, body: Any = BODY, path: str = JOBS) -> Answer:
    return api.request("POST", path, json.dumps(body), headers={"Idempotency-Key": key})


def age(**delta: float) -> None:
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(**delta))


def test_the_same_key_and_body_give_the_same_job(api: Api) -> None:
    first = ask(api, "order 17")
    assert (first.status, "Idempotency-Replayed" in first.headers) == (202, False)
    engine.advance()
    body: dict[str, Any] = dict(reversed(BODY.items())) | {
        "fallbacks": [],
        "show_original_response": None,
    }
    again = ask(api, "order 17", body)
    assert (again.status, again.headers["Idempotency-Replayed"]) == (202, "true")
    assert again.data["public_id"] == first.data["public_id"]
    assert again.data["status"] == "success"
    assert UniversalAIJob.objects.count() == 1


def test_another_body_is_a_conflict(api: Api) -> None:
    ask(api, "k")
    answer = ask(api, "k", BODY | {"show_original_response": True})
    assert (answer.status, answer.data["error_code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert "Use a new key" in answer.data["detail"]
    assert UniversalAIJob.objects.count() == 1


def test_the_key_of_a_deleted_job_makes_no_new_one(api: Api) -> None:
    job = ask(api, "k").data["public_id"]
    assert api.delete(f"{JOBS}/{job}").status == 200
    answer = ask(api, "k")
    assert (answer.status, answer.data["error_code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert "was deleted" in answer.data["detail"]
    assert UniversalAIJob.objects.count() == 1


def test_without_a_key_each_request_is_a_job(api: Api) -> None:
    assert api.submit().data["public_id"] != api.submit().data["public_id"]


def test_both_addresses_share_the_key(api: Api, settings: Settings) -> None:
    settings.UNIVERSAL_AI_GATEWAY = {"SYNC_SECONDS": 1}
    first = ask(api, "k", MODERATION, SYNC)
    assert first.status == 202
    engine.advance()
    again = ask(api, "k", MODERATION, SYNC)
    assert (again.status, again.data["status"]) == (200, "success")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert ask(api, "k", MODERATION).data["public_id"] == first.data["public_id"]


def test_a_key_is_its_owners(api: Api, bobs: Api, make_api: MakeApi, ann: User) -> None:
    mine = ask(api, "k").data["public_id"]
    assert ask(bobs, "k").data["public_id"] != mine
    assert ask(make_api(ann), "k").data["public_id"] == mine


def test_a_sandbox_has_keys_of_its_own(api: Api, make_api: MakeApi, ann: User) -> None:
    sandbox = make_api(ann, sandbox=True)
    made_up = ask(sandbox, "k")
    assert made_up.data["status"] == "success"
    assert ask(sandbox, "k").data == made_up.data
    assert ask(api, "k").data["public_id"] != made_up.data["public_id"]


def test_a_refused_request_leaves_the_key_free(api: Api) -> None:
    assert ask(api, "k", BODY | {"input": {}}).status == 422
    assert ask(api, "k").status == 202


def test_a_key_is_kept_for_a_day(api: Api) -> None:
    first = ask(api, "k").data["public_id"]
    age(hours=23, minutes=59)
    assert ask(api, "k").data["public_id"] == first
    age(hours=24, seconds=1)
    second = ask(api, "k", BODY | {"show_original_response": True})
    assert (second.status, "Idempotency-Replayed" in second.headers) == (202, False)
    assert second.data["public_id"] != first


def test_keys_whose_time_is_over_go(api: Api) -> None:
    for number in range(3):
        ask(api, f"old {number}")
    age(hours=25)
    ask(api, "new")
    assert [row.key for row in IdempotencyKey.objects.all()] == ["new"]
    assert UniversalAIJob.objects.count() == 4


@pytest.mark.parametrize("key", ["", "x" * 256, "ü", "a\tb"])
def test_a_key_that_cannot_be_is_named(api: Api, key: str) -> None:
    ((place, _kind),) = ask(api, key).problems
    assert place == ["header", "Idempotency-Key"]
    assert not UniversalAIJob.objects.exists()


def test_of_a_race_the_job_of_the_faster_request_is_told(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other request is saved between our look and our own INSERT."""
    first = ask(api, "k").data["public_id"]
    find, looks = idempotency._find, iter([None])
    monkeypatch.setattr(idempotency, "_find", lambda key: next(looks, find(key)))
    again = ask(api, "k")
    assert (again.data["public_id"], again.headers["Idempotency-Replayed"]) == (first, "true")
    assert UniversalAIJob.objects.count() == 1


def test_what_else_cannot_be_saved_leaves_the_key_free(make_api: MakeApi, ann: User) -> None:
    make_api(ann)

    def broken() -> UniversalAIJob:
        raise IntegrityError("of another table")

    key = idempotency.Key(Token.objects.get(), "k", "f" * 64)
    with pytest.raises(IntegrityError, match="of another table"):
        idempotency.once(key, broken)
    assert not IdempotencyKey.objects.exists()


@concurrent
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sandbox", [False, True])
def test_requests_at_the_same_time_make_one_job(live_server: LiveServer, sandbox: bool) -> None:
    token = tokens.create(User.objects.create_user("ann"), sandbox=sandbox)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}

    def post(number: int) -> httpx.Response:
        return httpx.post(live_server.url + JOBS, json=BODY, headers=headers, timeout=60)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["public_id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 7
    assert UniversalAIJob.objects.count() == 1
