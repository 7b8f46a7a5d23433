from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from django_universal_ai.backends import BaseBackend, backends, choose_backend
from django_universal_ai.contract import JobRequest, ModelId
from django_universal_ai.exceptions import InvalidInput

DUMMY = "django_universal_ai.backends.dummy.DummyBackend"
LOCAL = "django_universal_ai.backends.local.LocalBackend"
HTTP = "django_universal_ai.backends.http.HTTPBackend"


def test_each_is_made_once_and_anew_when_the_settings_change(settings: Settings) -> None:
    first = backends["default"]
    assert backends["default"] is first
    settings.UNIVERSAL_AI = {"default": {"BACKEND": DUMMY, "OPTIONS": {"providers": ["x"]}}}
    assert backends["default"] is not first
    assert backends["default"].options["providers"] == ["x"]


def test_the_default_comes_first(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {name: {"BACKEND": DUMMY} for name in ("b", "default", "a")}
    assert backends.aliases() == ["default", "a", "b"]
    assert [backend.alias for backend in backends.all()] == ["default", "a", "b"]


def test_an_alias_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(InvalidInput, match="Known: default, local") as caught:
        backends["remote"]
    assert caught.value.field == "using"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"BACKEND": DUMMY, "OPTIONS": {"provider": []}}, "Did you mean 'providers'?"),
        ({"BACKEND": "django.http.HttpRequest"}, "is not a BaseBackend"),
        ({"BACKEND": "django.http.no_such"}, "can't be imported"),
        ({"BACKEND": "pathlib.Path"}, "is not a BaseBackend"),
    ],
)
def test_an_entry_that_cannot_work_is_told(
    entry: dict[str, Any], words: str, settings: Settings
) -> None:
    settings.UNIVERSAL_AI = {"default": entry}
    with pytest.raises(ImproperlyConfigured) as caught:
        backends["default"]
    assert words in str(caught.value)


class TestWhoRunsAJob:
    @pytest.fixture(autouse=True)
    def _settings(self, settings: Settings) -> None:
        settings.UNIVERSAL_AI = {
            "default": {"BACKEND": HTTP},
            "local": {"BACKEND": LOCAL},
            "other": {"BACKEND": DUMMY, "OPTIONS": {"providers": ["amazon"]}},
        }

    @pytest.mark.parametrize(
        ("model", "alias"),
        [
            ("ocr/ocr_async/google", "default"),
            ("ocr/ocr_async/rapidocr", "local"),
            ("ocr/ocr_async/amazon/v2", "other"),
        ],
    )
    def test_who_declares_the_provider(self, model: str, alias: str) -> None:
        assert choose_backend(ModelId.parse(model)).alias == alias

    def test_who_is_named(self) -> None:
        model = ModelId.parse("ocr/ocr_async/rapidocr")
        assert choose_backend(model, using="other").alias == "other"


def test_aliases_with_one_key_share_an_account(settings: Settings) -> None:
    one = {"BACKEND": HTTP, "OPTIONS": {"api_key": "a"}}
    settings.UNIVERSAL_AI = {
        "default": one,
        "second": one,
        "other": {"BACKEND": HTTP, "OPTIONS": {"api_key": "b"}},
    }
    assert backends.sharing("second") == ["default", "second"]
    assert backends.sharing("other") == ["other"]
    assert backends.sharing("gone") == ["gone"]


class Minimal(BaseBackend):
    """As little as a backend may be."""


def test_what_a_backend_does_not_do_it_says() -> None:
    backend = Minimal("mine", {})
    request = JobRequest(model="a/b/c", input={})
    backend.validate(request)
    assert backend.check() == []
    assert (backend.account, backend.rate_limit, backend.concurrency) == ("mine", None, 1)
    assert not backend.serves(request.model_id)
    for attempt in (
        lambda: backend.submit(request),
        lambda: backend.run(request),
        lambda: backend.get("x"),
        lambda: backend.list_jobs(),
        lambda: backend.delete("x"),
        lambda: backend.upload(None, name="x"),  # type: ignore[arg-type]  # it isn't read
    ):
        with pytest.raises(NotImplementedError):
            attempt()
    backend.close()
