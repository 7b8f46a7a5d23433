"""The keys that sign: made once, kept encrypted, rotated."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.checks import run_checks
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai.contract.signature import load_public_keys, signed_body, verify
from django_universal_ai.gateway.models import SigningKey
from django_universal_ai.gateway.outgoing import keys

pytestmark = pytest.mark.django_db


def signature_fits(pem: str) -> bool:
    body, signature = signed_body({"a": 1}, keys.private_key())
    return verify(body, signature, load_public_keys([pem]))


def test_the_first_use_makes_the_key() -> None:
    assert keys.current() == keys.current() == SigningKey.objects.get()
    (public,) = load_public_keys([keys.served()])
    assert public.key_size == keys.KEY_SIZE >= 2048
    assert signature_fits(keys.served())


def test_the_database_alone_signs_nothing(settings: Settings) -> None:
    kept = keys.current().private_key
    assert kept.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    settings.SECRET_KEY = "another one"
    with pytest.raises(keys.UnreadableKey, match="SECRET_KEY_FALLBACKS"):
        keys.private_key()
    settings.SECRET_KEY_FALLBACKS = ["for tests only"]
    assert signature_fits(keys.served())


def test_after_a_rotation_both_are_served_for_a_while() -> None:
    old = keys.current()
    new = keys.rotate()
    assert keys.current() == new != old
    assert keys.served() == new.public_key + old.public_key
    assert signature_fits(new.public_key)
    assert not signature_fits(old.public_key)
    SigningKey.objects.filter(pk=old.pk).update(
        retired_at=timezone.now() - keys.SERVED_FOR - timedelta(seconds=1)
    )
    assert keys.served() == new.public_key


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_one_makes_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    made = keys._new()

    def slower() -> SigningKey:
        SigningKey.objects.create(
            public_key="x", private_key="x", fingerprint="first", is_current=True
        )
        return made

    monkeypatch.setattr(keys, "_new", slower)
    assert keys.current().fingerprint == "first"
    with pytest.raises(IntegrityError):
        made.save(force_insert=True)


def test_the_public_keys_are_served_to_anybody(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.gateway.urls"
    url = reverse("universal_ai_gateway:get_webhook_public_key")
    assert url == "/v3/webhooks/public-key"
    keys.current()
    keys.rotate()
    answer = Client().get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/x-pem-file")
    assert answer.content.decode() == keys.served()
    load_pem_public_key(answer.content)
    assert b"PRIVATE" not in answer.content


def test_a_site_that_cant_sign_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ROOT_URLCONF = "tests.gateway.urls"
    assert "universal_ai_gateway.W002" not in {m.id for m in run_checks(tags=["universal_ai"])}
    monkeypatch.setattr(keys, "find_spec", lambda name: None)
    assert "universal_ai_gateway.W002" in {m.id for m in run_checks(tags=["universal_ai"])}
    answer = Client().get("/v3/webhooks/public-key")
    assert answer.status_code == 404
    assert "pip install" in answer.json()["detail"]
