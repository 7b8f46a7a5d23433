from __future__ import annotations

import pytest
from django.core import checks
from pytest_django import Settings

from django_universal_ai.management.checkup import Line, Mark
from django_universal_ai.management.checkup import settings as subject

HTTP = "django_universal_ai.backends.http.HTTPBackend"
#: Of the gateway, which the tests' own site installs and leaves out of its URLs.
NO_URLS = "universal_ai_gateway.W005"


def test_all_is_well() -> None:
    assert Line(Mark.OK, "settings", "backends default, local") in subject.lines()


def test_a_backend_that_can_do_nothing_is_wrong(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": HTTP}}
    (line,) = (line for line in subject.lines() if line.mark == Mark.LOOK)
    assert "api_key" in line.says + line.way_out


def test_what_the_project_has_silenced_is_not_told(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": HTTP}}
    settings.SILENCED_SYSTEM_CHECKS = ["universal_ai.W001", NO_URLS]
    assert [line.mark for line in subject.lines()] == [Mark.OK]


def test_other_warnings_are_worth_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    warning = checks.Warning("Celery is eager.", hint="Don't.", id="universal_ai.W011")
    monkeypatch.setattr(checks, "run_checks", lambda tags: [warning])
    assert list(subject.lines()) == [
        Line(Mark.NOTE, "settings", "Celery is eager.", "Don't."),
        Line(Mark.OK, "settings", "backends default, local"),
    ]


def test_settings_that_cannot_be_used_are_silenced_as_well(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {}
    settings.SILENCED_SYSTEM_CHECKS = ["universal_ai.E001", NO_URLS]
    assert list(subject.lines()) == []
