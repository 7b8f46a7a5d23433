"""The view: what it answers to whom, and that it stores first."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from django_universal_ai import waking
from django_universal_ai.backends import BaseBackend
from django_universal_ai.models import ReceiptState, Signature, WebhookReceipt
from django_universal_ai.webhooks import ping
from django_universal_ai.webhooks.body import MAX_BODY
from tests.contract.test_signature import mutated
from tests.remote import Configure
from tests.rows import in_seconds, make_job
from tests.upstream.signing import other_key, service_key

from .sending import URL, event, post, post_signed, receipt

pytestmark = pytest.mark.django_db


def test_a_signed_webhook_is_stored_and_then_answered(keyed: BaseBackend) -> None:
    answer = post_signed(event(job_id="j-1"))
    assert (answer.status_code, json.loads(answer.content)["detail"]) == (200, "Stored.")
    assert (receipt().state, receipt().signature) == (ReceiptState.PENDING, Signature.VALID)
    assert (receipt().public_id, receipt().backends) == ("j-1", ["default"])
    assert json.loads(receipt().body) == event(job_id="j-1")


def test_what_cannot_be_stored_is_not_answered_as_if_it_were(
    keyed: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the service sends it again."""

    def broken(manager: object, **values: Any) -> None:
        raise IntegrityError("not for the copy of it that is there")

    monkeypatch.setattr(WebhookReceipt.objects.__class__, "create", broken)
    assert post_signed(event()).status_code == 503


@pytest.mark.parametrize("url", ["/universal-ai/webhook/", "/universal-ai/webhook"])
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data"])
def test_slash_and_content_type_make_no_difference(
    keyed: BaseBackend, url: str, content_type: str
) -> None:
    assert reverse("universal_ai:webhook") == URL
    assert post_signed(event(), url=url, content_type=content_type).status_code == 200
    assert receipt().state == ReceiptState.PENDING


def test_behind_a_login_wall(keyed: BaseBackend, settings: Settings) -> None:
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    assert post_signed(event()).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_with_atomic_requests(
    keyed: BaseBackend, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ATOMIC_REQUESTS", True)
    assert post_signed(event()).status_code == 200
    assert post_signed(event()).status_code == 200
    assert receipt().copies == 2


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head"])
def test_only_post(keyed: BaseBackend, method: str) -> None:
    assert getattr(Client(), method)(URL).status_code == 405


def test_copies_and_replays_are_counted(keyed: BaseBackend) -> None:
    body = event(job_id="j-1")
    assert [post_signed(body).status_code for _ in range(3)] == [200] * 3
    raw = json.dumps(dict(reversed(body.items())), indent=3).encode()
    assert post_signed(raw).status_code == 200
    assert receipt().copies == 4


def test_a_copy_counts_for_the_webhook_that_it_is_a_copy_of(keyed: BaseBackend) -> None:
    for name in ("j-1", "j-2", "j-1"):
        assert post_signed(event(job_id=name)).status_code == 200
    copies = dict(WebhookReceipt.objects.values_list("public_id", "copies"))
    assert copies == {"j-1": 2, "j-2": 1}


def test_a_hint_and_its_signed_copy_are_two(keyless: BaseBackend, configure: Configure) -> None:
    assert post(event()).status_code == 200
    configure(webhook_public_keys=[service_key().pem])
    for _ in range(2):
        assert post_signed(event()).status_code == 200
    copies = dict(WebhookReceipt.objects.values_list("signature", "copies"))
    assert copies == {Signature.UNCHECKED: 1, Signature.VALID: 2}


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_told_of_the_row(keyed: BaseBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(waking, "apply_webhook", told.append)
    post_signed(event())
    post_signed(event())  # a copy is nothing new
    assert told == [receipt().pk]


def test_rotation_any_of_several_keys(configure: Configure) -> None:
    configure(webhook_public_keys=[other_key().pem, service_key().pem])
    assert post_signed(event()).status_code == 200
    assert post(event(status="fail"), key=other_key()).status_code == 200


@pytest.mark.parametrize("key", [None, other_key], ids=["unsigned", "forged"])
def test_strangers_are_refused_and_leave_no_content(keyed: BaseBackend, key: Any) -> None:
    answer = post(event(job_id="secret-id"), key=key and key())
    kept = receipt()
    assert (answer.status_code, json.loads(answer.content)["detail"]) == (401, kept.reason)
    assert (kept.state, kept.signature) == (ReceiptState.REFUSED, Signature.INVALID)
    assert (kept.body, kept.public_id, kept.due_at) == ("", "", None)
    assert "signature" in kept.reason


def test_a_forged_copy_keeps_the_real_one_not_out(keyed: BaseBackend) -> None:
    assert post(event()).status_code == 401
    assert post_signed(event()).status_code == 200
    assert WebhookReceipt.objects.count() == 2


def test_what_strangers_send_is_capped(keyed: BaseBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django_universal_ai.webhooks.inbox.MOST_OF_STRANGERS", 5)
    post_signed(event())
    for number in range(12):
        post(event(job_id=f"j-{number}"))
    assert WebhookReceipt.objects.filter(signature=Signature.INVALID).count() == 5
    assert WebhookReceipt.objects.filter(signature=Signature.VALID).count() == 1


def test_only_what_strangers_could_send_makes_room(
    keyless: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Oldest first; never what a worker has still to look at, nor what was about a job of ours."""
    monkeypatch.setattr("django_universal_ai.webhooks.inbox.MOST_OF_STRANGERS", 2)
    job = make_job("success")

    def old(name: str, **fields: Any) -> WebhookReceipt:
        return WebhookReceipt.objects.create(fingerprint=name, **fields)

    kept = [
        old("ours", signature=Signature.VALID, job=job),
        old("waiting", signature=Signature.UNCHECKED, due_at=in_seconds(60)),
    ]
    old("forged", signature=Signature.INVALID)
    old("forged, about our job", signature=Signature.INVALID, job=job)
    kept += [
        old("signed, about nobody's job", signature=Signature.VALID),
        old("a hint", signature=Signature.UNCHECKED),
    ]
    post(event(job_id="new"))
    left = set(WebhookReceipt.objects.exclude(public_id="new"))
    assert left == set(kept)


def test_a_body_beyond_ten_mebibytes(keyed: BaseBackend) -> None:
    assert post(b" " * (MAX_BODY + 1)).status_code == 413


def test_a_body_that_grows_beyond_ten_mebibytes(keyed: BaseBackend) -> None:
    # Announced as short as the sender likes; what counts is what comes.
    from django.test import RequestFactory

    from django_universal_ai.webhooks.body import TooLarge, read_body

    request = RequestFactory().post(URL, b" " * (MAX_BODY + 1), content_type="text/plain")
    request.META["CONTENT_LENGTH"] = ""
    with pytest.raises(TooLarge):
        read_body(request)


def test_a_body_that_is_announced_as_too_long_is_not_read(
    keyed: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*args: object) -> bytes:
        raise AssertionError("it was read")

    monkeypatch.setattr("django.http.HttpRequest.read", read)
    assert post(b"{}", CONTENT_LENGTH=str(MAX_BODY + 1)).status_code == 413


def test_the_limit_itself_is_within_it(keyed: BaseBackend) -> None:
    from django.test import RequestFactory

    from django_universal_ai.webhooks.body import read_body

    request = RequestFactory().post(URL, b" " * MAX_BODY, content_type="text/plain")
    assert len(read_body(request)) == MAX_BODY


def test_ten_mebibytes_are_taken(keyed: BaseBackend) -> None:
    text = "é" * (MAX_BODY // 2 - 1000)
    raw = json.dumps(event(output={"text": text}), ensure_ascii=False).encode()
    assert MAX_BODY - 2000 < len(raw) <= MAX_BODY
    assert post_signed(raw).status_code == 200


def test_a_length_that_is_no_number(keyed: BaseBackend) -> None:
    assert post(event(), CONTENT_LENGTH="ten").status_code in (200, 400, 401)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Expecting value"),
        (b"[]", "JSON object"),
        (b"{}", "job_id"),
        (b'{"job_id": 5}', "job_id"),
        (b'{"job_id": ""}', "job_id"),
        (b'{"job_id": "a b"}', "job_id"),
        (b'{"job_id": "a\\u0000"}', "job_id"),
        (b'{"job_id": "' + b"a" * 256 + b'"}', "job_id"),
        (b'{"job_id": "a", "output": "\\ud800"}', "surrogate"),
        (b'{"job_id": "a", "output": ' + b"[" * 300 + b"]" * 300 + b"}", "deeper"),
        (b'{"job_id": "a", "output": ' + b"1" * 5000 + b"}", "longer"),
        (b'{"job_id": "a", "output": NaN}', "NaN"),
    ],
)
def test_what_is_no_webhook(keyless: BaseBackend, body: bytes, words: str) -> None:
    answer = post(body)
    assert answer.status_code == 400
    assert words in json.loads(answer.content)["detail"]
    assert words in receipt().reason


def test_tokens_that_cannot_be_ours_are_none(keyless: BaseBackend) -> None:
    oddities: list[Any] = [5, [], {"django_universal_ai_token": 5}]
    for parameters in oddities:
        assert post(event(user_parameters=parameters)).status_code == 200
    odd = b'{"job_id": "a", "user_parameters": {"django_universal_ai_token": "\\ud800"}}'
    assert post(odd).status_code == 200
    assert set(WebhookReceipt.objects.values_list("token_hash", flat=True)) == {""}


def test_parameters_of_the_host_need_no_token(keyed: BaseBackend) -> None:
    assert post_signed(event(user_parameters={"case": 7})).status_code == 200
    assert json.loads(receipt().body)["user_parameters"] == {"case": 7}


def test_a_body_is_kept_in_as_few_bytes_as_it_needs(keyed: BaseBackend) -> None:
    raw = json.dumps({"job_id": "j-1", "output": {"text": "é", "n": [1, 2]}}, indent=4).encode()
    assert post_signed(raw).status_code == 200
    assert receipt().body == '{"job_id":"j-1","output":{"text":"é","n":[1,2]}}'


def test_the_token_is_kept_as_its_hash_only(keyed: BaseBackend) -> None:
    assert post_signed(event(token="s3cret")).status_code == 200
    row = WebhookReceipt.objects.values().get()
    assert "s3cret" not in repr(row)
    assert json.loads(row["body"])["user_parameters"] == {"case": 7}
    assert len(row["token_hash"]) == 64


def test_without_a_key_only_the_id_is_kept(keyless: BaseBackend) -> None:
    assert post(event(job_id="j-1")).status_code == 200
    assert (receipt().signature, receipt().body) == (Signature.UNCHECKED, "")
    assert receipt().backends == ["default"]


def test_without_a_backend_that_expects_webhooks() -> None:
    answer = post(event())
    assert answer.status_code == 401
    assert receipt().reason == "No backend of this site has webhooks."


def test_when_the_database_is_away_it_shall_come_again(
    keyed: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr("django_universal_ai.webhooks.inbox.keep", away)
    assert post_signed(event()).status_code == 503


def test_when_the_client_goes_away(keyed: BaseBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise ConnectionResetError

    monkeypatch.setattr("django.http.HttpRequest.read", gone)
    assert post_signed(event()).status_code == 400


def test_the_selftests_ping_is_answered_and_not_stored(keyed: BaseBackend) -> None:
    answer = post(b"{}", headers={ping.HEADER: ping.make_ping()})
    assert json.loads(answer.content) == {"who": "django-universal-ai", "detail": "pong"}
    assert post(b"{}", headers={ping.HEADER: "ping:1:forged"}).status_code == 401


# -------------------------------------------------------------------------- whatever comes in


def test_mutants_of_a_signed_webhook_change_nothing(keyed: BaseBackend) -> None:
    job = make_job("processing")
    body = event(job, output={"n": [1, 2.5, 1e16], "text": "é"})
    raw = json.dumps(body).encode()
    headers = service_key().headers(raw)
    chance = random.Random(1)  # noqa: S311 - mutants, no secret
    for _ in range(500):
        mutant = mutated(raw, chance)
        answer = post(mutant, headers=headers)
        if answer.status_code == 200:
            assert json.loads(mutant) == body
        else:
            assert answer.status_code == 401


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300), signature=st.text(max_size=600))
def test_never_a_500_with_a_key(keyed: BaseBackend, raw: bytes, signature: str) -> None:
    printable = "".join(filter(str.isprintable, signature))
    answer = post(raw, headers={"X-Edenai-Signature": printable})
    assert answer.status_code == 401


_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from(
    ["event", "job_id", "status", "feature", "output", "error", "user_parameters", "created_at"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary() | st.dictionaries(_NAMES | st.text(), _VALUE).map(json.dumps))
def test_never_a_500_without_a_key(keyless: BaseBackend, raw: bytes | str) -> None:
    answer = post(raw if isinstance(raw, bytes) else raw.encode())
    assert answer.status_code in (200, 400)
