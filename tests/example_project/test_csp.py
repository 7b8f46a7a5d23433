from __future__ import annotations

import runpy

import pytest
from django.http import HttpRequest, HttpResponse
from pytest_django import Settings

from example_project.csp import HEADER, ContentSecurityPolicy


@pytest.fixture(autouse=True)
def _policy(settings: Settings) -> None:
    settings.SECURE_CSP = {"default-src": ["'self'"], "img-src": ["'self'", "data:"]}


def answered(response: HttpResponse) -> HttpResponse:
    return ContentSecurityPolicy(lambda request: response)(HttpRequest())  # type: ignore[return-value]


def test_every_answer_has_the_policy() -> None:
    assert answered(HttpResponse())[HEADER] == "default-src 'self'; img-src 'self' data:"


def test_a_stricter_one_stays() -> None:
    assert answered(HttpResponse(headers={HEADER: "sandbox"}))[HEADER] == "sandbox"


@pytest.mark.parametrize(("debug", "is_sent"), [(True, False), (False, True)])
def test_djangos_pages_about_errors_keep_their_styles(
    settings: Settings, *, debug: bool, is_sent: bool
) -> None:
    settings.DEBUG = debug
    assert (HEADER in answered(HttpResponse(status=500))) is is_sent


def test_the_site_allows_nothing_inline_and_no_other_host(settings: Settings) -> None:
    ours = runpy.run_path("example_project/settings.py")
    assert "example_project.csp.ContentSecurityPolicy" in ours["MIDDLEWARE"]
    sources = {source for every in ours["SECURE_CSP"].values() for source in every}
    assert sources == {"'self'", "'none'"}
