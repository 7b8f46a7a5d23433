from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from django_universal_ai.outward.conf import OutwardSettings, outward_settings


def test_the_defaults_are_strict(settings: Settings) -> None:
    assert outward_settings() == OutwardSettings()
    assert (outward_settings().ports, outward_settings().ALLOW_HTTP) == ((443,), False)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "must be a dictionary"),
        ({"ALLOW_HTTPS": True}, "Did you mean 'ALLOW_HTTP'"),
        ({"ALLOW_HTTP": 1}, "ALLOW_HTTP.*True or False"),
        ({"PORTS": "443"}, "PORTS.*list"),
        ({"PORTS": [0]}, "PORTS.*port numbers"),
        ({"TRUSTED": ["10.0.0.1/8"]}, "TRUSTED.*'10.0.0.1/8'"),
        ({"DENIED": ["internal.example"]}, "DENIED.*networks"),
        ({"MAX_FILE_BYTES": 0}, "MAX_FILE_BYTES.*positive"),
    ],
)
def test_what_is_wrong_is_named(settings: Settings, value: Any, words: str) -> None:
    settings.UNIVERSAL_AI_OUTWARD = value
    with pytest.raises(ImproperlyConfigured, match=f"UNIVERSAL_AI_OUTWARD.*{words}"):
        outward_settings()
    assert "universal_ai.E006" in {message.id for message in run_checks(tags=["universal_ai"])}
