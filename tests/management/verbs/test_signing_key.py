from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from django_universal_ai.gateway.models import SigningKey
from django_universal_ai.gateway.outgoing import keys

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("universal_ai", "signing-key", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_make_is_done_once() -> None:
    out, err = run("make")
    assert out == SigningKey.objects.get().public_key
    assert keys.current().fingerprint in err
    assert run("make")[0] == out == run()[0] == run("show")[0]


def test_rotate_prints_the_new_one_first() -> None:
    old, _ = run("make")
    both, err = run("rotate")
    assert both == keys.current().public_key + old
    assert keys.current().fingerprint in err


def test_there_is_nothing_to_show_yet() -> None:
    with pytest.raises(CommandError, match="signing-key make"):
        run("show")


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(keys, "find_spec", lambda name: None)
    with pytest.raises(CommandError, match="pip install"):
        run("rotate")
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if "gateway" not in app]
    with pytest.raises(CommandError, match="INSTALLED_APPS"):
        run("show")
