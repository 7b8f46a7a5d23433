"""What the gateway needs of its site."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from django_universal_ai.gateway import checks


def test_a_site_that_has_all_is_told_nothing() -> None:
    assert checks.check_packages() == []
    assert checks.check_urls() == []


def test_a_package_that_is_missing_is_named_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda name: None if name == "ninja" else name)
    (message,) = checks.check_packages()
    assert message.id == "universal_ai_gateway.E004"
    assert message.msg.endswith("aren't installed: ninja.")
    assert "[gateway]" in str(message.hint)
    assert checks.check_urls() == []  # which can't be loaded without it


def test_a_gateway_that_nobody_serves_is_told(settings: Settings) -> None:
    settings.ROOT_URLCONF = "django.contrib.auth.urls"
    (message,) = checks.check_urls()
    assert message.id == "universal_ai_gateway.W005"
    assert 'include("django_universal_ai.gateway.urls")' in str(message.hint)
