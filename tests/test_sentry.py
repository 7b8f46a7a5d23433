"""What Sentry is sent when things break: nothing by which somebody could act in our name.

The SDK is the real one with its usual settings and integrations; only the wire is ours.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, DataError
from django.test import Client
from pytest_django import Settings
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from django_universal_ai import engine, jobs
from django_universal_ai.backends.http import session
from django_universal_ai.engine import receiving
from django_universal_ai.jobs import writer
from django_universal_ai.models import WebhookReceipt, statements
from django_universal_ai.providers import runner
from tests.remote import Configure, configure, upstream
from tests.rows import AUDIO, fresh, make_job
from tests.upstream import Upstream
from tests.upstream.signing import service_key
from tests.webhooks.sending import TOKEN, event, post

__all__ = ["configure", "upstream"]

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "k3y-of-the-account-0123456789"
SIGNATURE = "s1gn4ture-of-a-link"
SIGNED_URL = f"https://files.example/call.wav?X-Amz-Signature={SIGNATURE}"


class Wire(Transport):
    """Keeps what would leave."""

    def __init__(self, options: dict[str, Any] | None = None) -> None:
        super().__init__(options)
        self.sent: list[str] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope.serialize().decode())

    @property
    def text(self) -> str:
        return "\n".join(self.sent)


@pytest.fixture
def wire(caplog: pytest.LogCaptureFixture) -> Iterator[Wire]:
    caplog.set_level("DEBUG", "django_universal_ai")
    kept = Wire()
    with sentry_sdk.isolation_scope():
        sentry_sdk.init(
            dsn="https://public@sentry.example/1",
            transport=kept,
            traces_sample_rate=1.0,
            max_request_body_size="always",
            shutdown_timeout=0,
        )
        sentry_sdk.get_isolation_scope().clear_breadcrumbs()
        yield kept
        sentry_sdk.init()


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The secret tokens that went out with submissions."""
    made: list[str] = []
    new = secrets.token_urlsafe

    def token_urlsafe(length: int) -> str:
        made.append(new(length))
        return made[-1]

    monkeypatch.setattr(secrets, "token_urlsafe", token_urlsafe)
    return made


def broken(*args: Any, **kwargs: Any) -> Any:
    raise ZeroDivisionError("it broke")


def test_a_backend_that_breaks(
    configure: Configure, wire: Wire, tokens: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(api_key=KEY, webhook_url="https://site.example")
    monkeypatch.setattr(session, "read", broken)
    job = jobs.submit(model=AUDIO, input={"file": SIGNED_URL})
    engine.advance()
    assert fresh(job).status == "uncertain"
    assert "it broke" in wire.text
    assert_clean(wire, *tokens)


@pytest.mark.parametrize("status", [401, 402, 400, 500])
def test_a_service_that_refuses_and_repeats_what_it_was_sent(
    status: int, configure: Configure, upstream: Upstream, wire: Wire, tokens: list[str]
) -> None:
    configure(api_key=KEY, webhook_url="https://site.example")
    said = f"Bearer {KEY} may not read {SIGNED_URL}"
    upstream.fault("answer", method="POST", status=status, body={"detail": said})
    job = jobs.submit(model=AUDIO, input={"file": SIGNED_URL})
    engine.advance()
    sentry_sdk.capture_message("what led here", "info")  # with its breadcrumbs
    assert fresh(job).status != "processing"
    assert f"job {job.pk}: pending -> submitting" in wire.text
    assert_clean(wire, *tokens)


@pytest.mark.parametrize("error", [ZeroDivisionError, DatabaseError])
@pytest.mark.parametrize("signed", [True, False])
def test_a_webhook_that_cant_be_stored(
    error: type[Exception],
    signed: bool,
    configure: Configure,
    wire: Wire,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(api_key=KEY, webhook_public_keys=[service_key().pem] if signed else ())

    def create(**values: Any) -> None:
        raise error("it broke")

    monkeypatch.setattr(WebhookReceipt.objects, "create", create)
    body = event(token=TOKEN, output={"audio_resource_url": SIGNED_URL})
    client = Client(raise_request_exception=False)
    answer = post(body, key=service_key() if signed else None, client=client)
    assert answer.status_code in (500, 503)
    assert "it broke" in wire.text
    assert_clean(wire, TOKEN)


def test_a_webhook_that_cant_be_acted_on(
    configure: Configure, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(api_key=KEY, webhook_public_keys=[service_key().pem])
    monkeypatch.setattr(receiving, "_heed", broken)
    monkeypatch.setattr(receiving, "_is_end", lambda *args: False)
    job = make_job("processing", input={"file": SIGNED_URL})
    post(event(job, token=TOKEN, output={"url": SIGNED_URL}), key=service_key())
    engine.advance()
    assert "it broke" in wire.text
    assert_clean(wire, TOKEN)


def test_a_provider_that_breaks(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_wait", broken)
    job = jobs.submit(model="text/moderation/better-profanity", input={"text": f"See {SIGNED_URL}"})
    engine.advance(here=True)
    assert fresh(job).status == "fail"
    assert "it broke" in wire.text
    assert_clean(wire)


@pytest.mark.parametrize(
    "wrong",
    [
        {"OPTIONS": {"api_key": KEY}, "alias": "main"},
        {"OPTIONS": {"api_key": KEY, "rate_limt": 1}},
        {"OPTIONS": {"api_key": KEY}, "OPTION": {}},
        {"BACKEND": None, "OPTIONS": {"api_key": KEY}},
        {"BACKEND": "no.such.Backend", "OPTIONS": {"api_key": KEY}},
    ],
)
def test_settings_that_cant_be_used(wrong: dict[str, Any], wire: Wire, settings: Settings) -> None:
    usual = {"BACKEND": "django_universal_ai.backends.http.HTTPBackend"}
    settings.UNIVERSAL_AI = {wrong.get("alias", "default"): usual | wrong}
    with pytest.raises(ImproperlyConfigured) as caught:
        jobs.submit(model=AUDIO, input={})
    own = caught.value.__traceback__
    assert own is not None
    # Without this frame, whose variables hold the settings.
    sentry_sdk.capture_exception(caught.value.with_traceback(own.tb_next))
    assert "ImproperlyConfigured" in wire.text
    assert_clean(wire)


def test_an_answer_that_cant_be_stored(
    configure: Configure,
    upstream: Upstream,
    wire: Wire,
    tokens: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(api_key=KEY, webhook_url="https://site.example")
    update_rows = statements.update_rows

    def choosy(updates: list[statements.Update]) -> list[bool]:
        if any(update.changes.get("output") for update in updates):
            raise DataError("it broke")
        return update_rows(updates)

    monkeypatch.setattr(writer, "update_rows", choosy)
    upstream.settings.keys[KEY] = "main"
    upstream.settings.seconds = float("inf")
    upstream.settings.output = {"url": SIGNED_URL}
    job = jobs.submit(model=AUDIO, input={"file": SIGNED_URL})
    engine.advance()
    upstream.jobs.finish(upstream.jobs.all()[-1].public_id)
    engine.look(fresh(job))
    assert fresh(job).status == "fail"
    assert "it broke" in wire.text
    assert_clean(wire, *tokens)


def assert_clean(wire: Wire, *tokens: str) -> None:
    for secret in (KEY, SIGNATURE, *tokens):
        assert secret not in wire.text, wire.text[max(0, wire.text.index(secret) - 900) :][:1000]
