from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from django_universal_ai import conf

LOCAL = "django_universal_ai.backends.local.LocalBackend"


def test_without_the_setting_the_offline_providers_are_there(settings: Settings) -> None:
    del settings.UNIVERSAL_AI
    assert conf.backend_settings() == {"default": {"BACKEND": LOCAL}}


def test_the_setting_is_read_each_time(settings: Settings) -> None:
    for configured in ({"default": {"BACKEND": "a.B"}}, {"default": {"BACKEND": "c.D"}}):
        settings.UNIVERSAL_AI = configured
        assert conf.backend_settings() == configured


@pytest.mark.parametrize(
    ("configured", "words"),
    [
        ([], "dictionary of backends with a 'default'"),
        ({}, "with a 'default' entry"),
        ({"other": {"BACKEND": LOCAL}}, "with a 'default' entry"),
        ({"default": LOCAL}, "['default'] needs a 'BACKEND'"),
        ({"default": {}}, "['default'] needs a 'BACKEND'"),
        ({"default": {"BACKEND": object}}, "dotted path"),
        ({"default": {"BACKEND": LOCAL, "OPTION": {}}}, "Did you mean 'OPTIONS'?"),
        ({"default": {"BACKEND": LOCAL, "ttl": 5}}, "Known: BACKEND, OPTIONS."),
        ({"default": {"BACKEND": LOCAL, "OPTIONS": []}}, "['OPTIONS'] must be a dictionary"),
        ({"default": {"BACKEND": LOCAL}, "two": {"OPTIONS": {}}}, "['two'] needs a 'BACKEND'"),
    ],
)
def test_a_shape_that_cannot_be_right_is_told(
    configured: Any, words: str, settings: Settings
) -> None:
    settings.UNIVERSAL_AI = configured
    with pytest.raises(ImproperlyConfigured) as caught:
        conf.backend_settings()
    assert words in str(caught.value)
    assert "UNIVERSAL_AI" in str(caught.value)


def test_keys_of_any_type_are_refused_in_words() -> None:
    with pytest.raises(ImproperlyConfigured, match="unknown key 5"):
        conf.refuse_unknown({5: 1}, {"a"}, "somewhere")  # type: ignore[dict-item]  # on purpose


def test_a_class_that_is_not_there_is_told_with_its_alias() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"\['mine'\].*no_such_package"):
        conf.import_backend("mine", "no_such_package.Backend")
