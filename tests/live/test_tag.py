"""``{% universal_ai_status job %}`` on a host's page."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.template import Context, Template, TemplateSyntaxError
from django.test import AsyncRequestFactory, RequestFactory
from pytest_django import Settings

from django_universal_ai.live.links import Link, read_key
from tests.rows import make_job

from .conftest import url_of

pytestmark = pytest.mark.django_db

TAG = "{% universal_ai_status job %}"


def page(user: Any, *, asgi: bool = False) -> HttpRequest:
    request: Any = (AsyncRequestFactory if asgi else RequestFactory)().get("/orders/7/?tab=2")
    request.user = user
    return request  # type: ignore[no-any-return]  # both factories make one


def html(template: str, request: HttpRequest | None, **context: Any) -> str:
    context |= {"request": request} if request else {}
    return Template(f"{{% load universal_ai %}}{template}").render(Context(context))


def test_shows_the_owners_job(ada: User) -> None:
    job = make_job("processing", owner=ada)
    shown = html(TAG, page(ada), job=job)
    assert f'data-src="{url_of(job)}"' in shown
    assert "data-events" not in shown
    assert 'aria-live="polite"' in shown
    assert "http-equiv" not in shown
    assert "style=" not in shown


def test_shows_nothing_to_others_and_says_so_in_the_log(
    ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    job = make_job("processing", owner=ada)
    with caplog.at_level(logging.WARNING):
        assert html(TAG, page(AnonymousUser()), job=job) == ""
    assert f"job {job.pk} isn't shown at /orders/7/" in caplog.text
    assert "MAY_SEE" in caplog.text


def test_no_job_is_nothing(ada: User) -> None:
    assert html(TAG, page(ada), job=None) == ""


@pytest.mark.parametrize(
    ("signed", "may_retry"), [("True", False), ("'see'", False), ("'retry'", True)]
)
def test_a_signed_one_is_for_whoever_sees_the_page(ada: User, signed: str, may_retry: bool) -> None:
    job = make_job("fail", owner=ada)
    tag = f"{{% universal_ai_status job signed={signed} %}}"
    shown = html(tag, page(AnonymousUser()), job=job)
    key = shown.partition("/live/see" if not may_retry else "/live/retry")[2].partition("/")[0]
    assert read_key(("retry" if may_retry else "see") + key) == Link(job.pk, may_retry)
    assert ("Try again" in shown) == may_retry


def test_under_asgi_changes_are_sent(ada: User, settings: Settings) -> None:
    job = make_job("processing", owner=ada)
    request = page(ada, asgi=True)
    assert isinstance(request, ASGIRequest)
    assert f'data-events="{url_of(job, "events")}"' in html(TAG, request, job=job)
    settings.UNIVERSAL_AI_LIVE = {"STREAM": False}
    assert "data-events" not in html(TAG, request, job=job)


def test_htmx_needs_no_script_of_ours(ada: User) -> None:
    job = make_job("processing", owner=ada)
    shown = html("{% universal_ai_status job htmx=True %}", page(ada, asgi=True), job=job)
    assert "live.js" not in shown
    assert "universal-ai-status" not in shown
    assert "data-events" not in shown
    assert f'hx-get="{url_of(job)}?htmx=1&amp;seen=' in shown
    assert f'id="uai-live-{job.pk}"' in shown


def test_the_page_can_be_loaded_again_without_scripts(ada: User) -> None:
    tag = "{% universal_ai_status job reload=True %}"
    refresh = '<noscript><meta http-equiv="refresh" content="5"></noscript>'
    assert refresh in html(tag, page(ada), job=make_job("pending", owner=ada))
    assert refresh not in html(tag, page(ada), job=make_job("success", owner=ada))


def test_script_and_style_are_loaded_once(ada: User) -> None:
    jobs = [make_job("processing", owner=ada) for _ in range(3)]
    shown = html(f"{{% for job in jobs %}}{TAG}{{% endfor %}}", page(ada), jobs=jobs)
    assert shown.count("live.js") == shown.count("live.css") == 1
    assert shown.count("data-src") == 3


def test_the_script_has_the_pages_nonce(ada: User) -> None:
    request = page(ada)
    request.csp_nonce = "abc"  # type: ignore[attr-defined]  # as django-csp does
    assert 'defer nonce="abc"' in html(TAG, request, job=make_job("pending", owner=ada))


def test_without_a_script_the_button_leads_back(ada: User, settings: Settings) -> None:
    settings.UNIVERSAL_AI_LIVE = {"MAY_RETRY": "tests.live.rules.always"}
    shown = html(TAG, page(ada), job=make_job("fail", owner=ada))
    assert '<input type="hidden" name="next" value="/orders/7/?tab=2">' in shown
    assert "csrfmiddlewaretoken" in shown


def test_says_what_is_missing_where_the_template_has_no_request(ada: User) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"context_processors\.request"):
        html(TAG, None, job=make_job("pending", owner=ada))


def test_unknown_options_are_an_error(ada: User) -> None:
    with pytest.raises(TemplateSyntaxError, match="htmxx"):
        html("{% universal_ai_status job htmxx=True %}", page(ada), job=None)


def test_the_link_tag(ada: User) -> None:
    job = make_job("pending")
    link = html("{% universal_ai_link job 'https://shop.example' retry=True %}", None, job=job)
    assert link.startswith("https://shop.example/universal-ai/live/retry.")


ATTACK = "</script><img src=x onerror=\"alert('hacked')\">"


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        ("success", {"output": {"text": ATTACK}}),
        ("success", {"output": {ATTACK: [ATTACK]}}),
        ("success", {"output": ATTACK}),
        ("success", {"output": {"audio_resource_url": f"https://x.example/{ATTACK}"}}),
        ("success", {"output": {"audio_resource_url": f"javascript:{ATTACK}"}}),
        ("fail", {"error": {"message": ATTACK}}),
        ("fail", {"error": {"type": ATTACK, "message": ATTACK}}),
        ("processing", {"note": ATTACK, "metadata": {"a": ATTACK}}),
    ],
)
def test_what_strangers_wrote_stays_text(ada: User, status: str, fields: dict[str, Any]) -> None:
    shown = html(TAG, page(ada), job=make_job(status, owner=ada, **fields))
    assert "<img" not in shown
    assert "</script><" not in shown
    assert 'href="javascript' not in shown
