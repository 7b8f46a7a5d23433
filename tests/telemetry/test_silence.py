from __future__ import annotations

import sys

import pytest

from django_universal_ai.models import UniversalAIJob
from django_universal_ai.telemetry import silence

PACKAGE = "django_universal_ai.telemetry"


def test_without_the_extra_nothing_is_done() -> None:
    job = UniversalAIJob()
    silence.install()
    silence.count_request("default", None)
    with silence.span("look", job, signal="succeeded") as nothing:
        assert nothing is None
    assert silence.within("look", job, call=list) is list
    assert (silence.traceparent(), silence.headers()) == ("", {})


@pytest.mark.parametrize("missing", ["opentelemetry", "opentelemetry.metrics"])
def test_it_stands_in_where_the_api_is_missing(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    import django_universal_ai

    monkeypatch.delattr(django_universal_ai, "telemetry")
    from django_universal_ai import telemetry

    assert telemetry.span.__module__ == f"{PACKAGE}.silence"
