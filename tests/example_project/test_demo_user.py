from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from django_universal_ai.gateway import tokens
from example_project.documents import demo_user
from example_project.documents.management.commands.serve_demo import curl, sample_file

pytestmark = pytest.mark.django_db


def test_with_debug_there_is_a_superuser(settings: Settings, client: Client) -> None:
    settings.DEBUG = True
    demo_user.ensure()
    assert client.login(username=demo_user.NAME, password=demo_user.PASSWORD)
    assert demo_user.ensure().is_superuser


def test_without_debug_it_loses_its_password_and_its_rights(settings: Settings) -> None:
    settings.DEBUG = True
    demo_user.ensure()
    settings.DEBUG = False
    user = demo_user.ensure()
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert not user.is_staff
    assert not user.is_superuser


def test_a_fresh_token_ends_the_earlier_one() -> None:
    user = demo_user.ensure()
    first, second = (demo_user.fresh_token(user, "here") for _ in range(2))
    assert tokens.find(tokens.digest(first)) is None
    assert tokens.find(tokens.digest(second)) is not None


def test_the_sample_is_uploaded_once() -> None:
    user = demo_user.ensure()
    first = sample_file(user)
    assert sample_file(user) == first
    first.file.delete(save=False)
    assert sample_file(user) != first


def test_the_command_to_paste_names_the_offline_provider() -> None:
    text = curl("http://127.0.0.1:8000", "uai_secret", demo_user.ensure())
    assert "audio/speech_to_text_async/pocketsphinx" in text
    assert "Bearer uai_secret" in text
