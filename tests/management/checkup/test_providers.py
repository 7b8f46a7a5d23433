from __future__ import annotations

import pytest
from pytest_django import Settings

from django_universal_ai.management.checkup import Mark, providers
from django_universal_ai.providers import Provider, registry

LOCAL = "django_universal_ai.backends.local.LocalBackend"


@pytest.fixture(autouse=True)
def _one_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(provider: type[Provider]) -> str | None:
        return "It needs pip install." if provider.name == "rapidocr" else None

    monkeypatch.setattr(registry, "missing", missing)


@pytest.mark.parametrize(
    ("allowed", "mark"), [(None, Mark.NOTE), (["rapidocr", "espeak-ng"], Mark.LOOK)]
)
def test_what_is_missing_is_wrong_only_where_it_was_asked_for(
    settings: Settings, allowed: list[str] | None, mark: Mark
) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": LOCAL, "OPTIONS": {"providers": allowed}}}
    ready, missing = providers.lines()
    assert ready.mark == Mark.OK
    assert "espeak-ng" in ready.says
    assert (missing.mark, missing.says) == (mark, "backend 'default': It needs pip install.")


def test_backends_that_run_nothing_here_have_none(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": "django_universal_ai.backends.dummy.DummyBackend"}
    }
    assert list(providers.lines()) == []


def test_where_none_can_run_what_is_missing_is_wrong(settings: Settings) -> None:
    options = {"providers": ["rapidocr"]}
    settings.UNIVERSAL_AI = {"default": {"BACKEND": LOCAL, "OPTIONS": options}}
    (line,) = providers.lines()
    assert line.mark == Mark.LOOK
