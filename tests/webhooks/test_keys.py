"""Which keys count, and what is said of those that are no good."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from django_universal_ai.models import Signature, WebhookReceipt
from django_universal_ai.webhooks import keys
from django_universal_ai.webhooks.checks import check_deployment, check_webhooks
from tests.remote import Configure
from tests.upstream.signing import Key, other_key, service_key

from .sending import event, post, post_signed, receipt


@pytest.fixture(autouse=True)
def _read_anew() -> None:
    keys._keys.cache_clear()


def ids() -> list[str | None]:
    return [message.id for message in check_webhooks()]


@pytest.mark.parametrize("kind", ["text", "indented", "path", "Path", "alone", "Path alone"])
def test_a_key_is_a_pem_or_the_path_of_one(configure: Configure, tmp_path: Path, kind: str) -> None:
    file = tmp_path / "key.pem"
    file.write_text(service_key().pem)
    given: dict[str, Any] = {
        "text": [service_key().pem],
        "indented": [f"\n  {service_key().pem}"],
        "path": (str(file),),
        "Path": [file],
        "alone": service_key().pem,
        "Path alone": file,
    }
    backend = configure(webhook_public_keys=given[kind])
    assert list(keys.public_keys(backend)) == [service_key().public]
    assert ids() == []


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_pem_file_may_say_what_it_is_in_any_language(
    configure: Configure, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(f"Der öffentliche Schlüssel\n{service_key().pem}".encode(encoding))
    backend = configure(webhook_public_keys=[file])
    assert list(keys.public_keys(backend)) == [service_key().public]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("/nowhere/key.pem", "can't be read: /nowhere/key.pem (No such file or directory)"),
        ("/", "can't be read"),
        ("a\0b", "is no good"),
        ("-----BEGIN NOTHING", "there is no PEM block in it"),
        pytest.param(Key(1024).pem, "1024 bits are too few", id="short"),
        (5, "can't be read"),
    ],
)
@pytest.mark.django_db
def test_a_key_that_is_no_good_is_told_by_the_check_and_is_no_500(
    configure: Configure, caplog: pytest.LogCaptureFixture, entry: Any, words: str
) -> None:
    backend = configure(webhook_public_keys=[service_key().pem, entry])
    with pytest.raises(ImproperlyConfigured) as caught:
        keys.public_keys(backend)
    assert words in str(caught.value)
    assert "['webhook_public_keys'][1]" in str(caught.value)
    assert ids() == ["universal_ai.E003"]
    with caplog.at_level(logging.ERROR):
        assert post_signed(event()).status_code == 200
    assert words in caplog.text
    assert receipt().signature == Signature.UNCHECKED  # a hint: nothing is believed


def test_keys_that_are_no_list(configure: Configure) -> None:
    configure(webhook_public_keys=5)
    (message,) = check_webhooks()
    assert message.id == "universal_ai.E003"
    assert "or paths of PEM files; without a key, webhooks are only hints." in str(message.hint)


def test_without_the_extra(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django_universal_ai.contract.signature.find_spec", lambda name: None)
    configure(webhook_public_keys=[service_key().pem])
    (message,) = check_webhooks()
    assert "pip install 'django-universal-ai[webhooks]'" in message.msg


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([service_key().pem], "doesn't fit the configured public key."),
        ([service_key().pem, other_key().pem], "any of the 2 configured public keys"),
    ],
)
def test_the_reason_of_a_refusal(configure: Configure, given: list[str], words: str) -> None:
    configure(webhook_public_keys=given)
    post(event(), headers={"X-Edenai-Signature": "ab"})
    assert words in receipt().reason
    post(event(status="fail"))
    assert WebhookReceipt.objects.latest("pk").reason == "It has no signature."


# ------------------------------------------------------------------------------- the other checks


@pytest.mark.parametrize(
    "root", ["here.example", "ftp://here.example", "https://", "https://a/?b", "https://[", 5]
)
def test_a_webhook_url_that_is_no_root(configure: Configure, root: Any) -> None:
    configure(webhook_url=root)
    (message,) = check_webhooks()
    assert message.id == "universal_ai.E004"
    assert "['default']['OPTIONS']['webhook_url'] isn't the public root of a site." in message.msg
    assert "https://example.com" in str(message.hint)


def test_a_site_without_https_has_a_root_as_well(configure: Configure) -> None:
    configure(webhook_url="http://127.0.0.1:8000")
    assert ids() == []


def test_a_webhook_url_without_the_urls(configure: Configure, settings: Settings) -> None:
    configure(webhook_url="https://here.example")
    assert ids() == []
    empty = ModuleType("tests_no_urls")
    empty.urlpatterns = []  # type: ignore[attr-defined]
    sys.modules["tests_no_urls"] = empty
    settings.ROOT_URLCONF = "tests_no_urls"
    (message,) = check_webhooks()
    assert message.id == "universal_ai.E005"
    assert message.msg.startswith("Backend 'default' has a webhook_url")
    assert 'include("django_universal_ai.urls")' in str(message.hint)


def test_settings_that_cannot_be_read_are_told_by_another_check(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {}
    assert ids() == []


@pytest.mark.parametrize(
    ("root", "found"),
    [
        ("https://www.example.com", []),
        ("https://8.8.8.8", []),
        ("http://www.example.com", ["universal_ai.W026"]),
        ("https://localhost", ["universal_ai.W027"]),
        ("https://web", ["universal_ai.W027"]),
        ("https://mysite.local", ["universal_ai.W027"]),
        ("http://192.168.0.7:8000", ["universal_ai.W026", "universal_ai.W027"]),
        ("no root", []),
    ],
)
def test_a_webhook_url_that_the_service_cant_reach(
    configure: Configure, root: str, found: list[str]
) -> None:
    configure(webhook_url=root, webhook_public_keys=[service_key().pem])
    assert [message.id for message in check_deployment()] == found


def test_webhooks_that_prove_nothing(configure: Configure, settings: Settings) -> None:
    configure(webhook_url="https://www.example.com")
    assert [message.id for message in check_deployment()] == ["universal_ai.W028"]
    settings.UNIVERSAL_AI = {}
    assert check_deployment() == []


def test_keys_for_webhooks_that_wont_come(configure: Configure) -> None:
    configure(webhook_public_keys=[service_key().pem])
    assert [message.id for message in check_deployment()] == ["universal_ai.W025"]
