"""The site speaks the reader's language, where the package knows it."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import gettext, override
from pytest_django import Settings

from tests.live.conftest import url_of
from tests.rows import make_job

pytestmark = pytest.mark.django_db

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
LIST = "/admin/universal_ai/universalaijob/"


@pytest.fixture(autouse=True)
def _languages(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Those of the site, which has no other means to choose one than its middleware."""
    monkeypatch.setenv("EXAMPLE_VAR_DIR", str(tmp_path))
    site: dict[str, Any] = runpy.run_module("example_project.settings")
    settings.LANGUAGES = site["LANGUAGES"]
    settings.MIDDLEWARE = [name for name in site["MIDDLEWARE"] if name.startswith("django.")]
    with override(None):  # what the middleware chose would stay
        yield


def in_german(text: str) -> str:
    with override("de"):
        said = gettext(text)
    assert said != text
    return said


def test_the_admin_comes_in_german(admin_client: Client) -> None:
    make_job("pending")
    page = admin_client.get(LIST, headers=GERMAN).content.decode()
    assert '<html lang="de"' in page
    assert in_german("waiting") in page


def test_a_live_page_comes_in_german(client: Client) -> None:
    page = client.get(url_of(make_job("pending"), "page", signed="see"), headers=GERMAN)
    assert '<html lang="de"' in page.content.decode()
    assert in_german("Waiting to start") in page.content.decode()


def test_who_reads_another_language_gets_english(admin_client: Client) -> None:
    page = admin_client.get(LIST, headers={"Accept-Language": "is"}).content.decode()
    assert '<html lang="en"' in page
