"""The fragment, the page, and asking again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.functional import Promise
from pytest_django import Settings

from django_universal_ai.live import words
from django_universal_ai.models import UniversalAIJob
from tests.rows import AUDIO, change, in_seconds, learned, make_job

from .conftest import press_retry, url_of

pytestmark = pytest.mark.django_db

ALWAYS = "tests.live.rules.always"
SCRIPT = {"X-Requested-With": "universal-ai"}


@pytest.fixture
def _may_retry(settings: Settings) -> None:
    settings.UNIVERSAL_AI_LIVE = {"MAY_RETRY": ALWAYS}


def said(client: Client, job: UniversalAIJob) -> str:
    return client.get(url_of(job)).content.decode()


# ---------------------------------------------------------------------------------- the fragment


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("pending", "Waiting to start"),
        ("submitting", "Starting"),
        ("uncertain", "Something got in the way."),
        ("processing", "Working on it"),
        ("success", "Done"),
        ("fail", "It didn&#x27;t work"),
    ],
)
def test_says_where_it_stands(as_ada: Client, ada: User, status: str, expected: str) -> None:
    html = said(as_ada, make_job(status, owner=ada, output={"text": "hello"}))
    assert expected in html
    assert ("<progress" in html) == (status == "processing")
    assert ("Refresh" in html) == (status not in ("success", "fail"))


def test_shows_how_far_it_is_and_how_long_it_takes(as_ada: Client, ada: User) -> None:
    learned("default", AUDIO, [100.0] * 9)
    waiting = make_job("pending", owner=ada)
    assert "It usually takes 2 minutes." in said(as_ada, waiting)
    running = make_job("processing", owner=ada, submitted_at=in_seconds(-50))
    html = said(as_ada, running)
    assert 'value="4' in html or 'value="5' in html
    assert "About 50 seconds left." in html
    late = make_job("processing", owner=ada, submitted_at=in_seconds(-900))
    assert "It takes longer than usual." in said(as_ada, late)


def test_shows_a_providers_own_progress(as_ada: Client, ada: User) -> None:
    job = make_job("processing", owner=ada, progress=0.42)
    assert 'value="42"' in said(as_ada, job)


def test_is_304_while_nothing_changes_and_costs_one_query(ada: User) -> None:
    """The signed link's; whose session and user are asked for, Django adds two."""
    job = make_job("processing", owner=ada)
    url = url_of(job, signed="see")
    client = Client()
    etag = client.get(url).headers["ETag"]
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert int(answer.headers["Retry-After"]) >= 1
    assert len(queries) == 1
    assert '"output"' not in queries[0]["sql"]
    assert '"input"' not in queries[0]["sql"]
    change(job, progress=0.5)
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 200


def test_the_etag_knows_the_language(as_ada: Client, ada: User, settings: Settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
    url = url_of(make_job("processing", owner=ada))
    with translation.override("en"):  # the middleware leaves its choice behind
        etag = as_ada.get(url, headers={"Accept-Language": "en"}).headers["ETag"]
        assert as_ada.get(url, headers={"Accept-Language": "de"}).headers["ETag"] != etag


def test_says_when_to_ask_again(as_ada: Client, ada: User) -> None:
    learned("default", AUDIO, [100.0] * 9)
    job = make_job("processing", owner=ada, submitted_at=in_seconds(-10))
    assert 5 <= int(as_ada.get(url_of(job)).headers["Retry-After"]) <= 15
    soon = make_job("processing", owner=ada, submitted_at=in_seconds(-99))
    assert int(as_ada.get(url_of(soon)).headers["Retry-After"]) <= 2
    assert "Retry-After" not in as_ada.get(url_of(make_job("fail", owner=ada))).headers


def test_nobody_else_keeps_it(as_ada: Client, ada: User) -> None:
    headers = as_ada.get(url_of(make_job("processing", owner=ada))).headers
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["Referrer-Policy"] == "same-origin"
    assert as_ada.post(url_of(make_job("processing", owner=ada))).status_code == 405


# -------------------------------------------------------------------------------------- htmx


def test_htmx_renews_and_ends_by_itself(as_ada: Client, ada: User) -> None:
    job = make_job("processing", owner=ada)
    url = f"{url_of(job)}?htmx=1&seen={job.pk}.pending"
    html = as_ada.get(url).content.decode()
    assert f'hx-get="{url_of(job)}?htmx=1&amp;seen={job.pk}.processing"' in html
    assert 'hx-trigger="every ' in html
    assert f'hx-swap-oob="innerHTML:#uai-live-{job.pk}">Working on it' in html
    seen = as_ada.get(f"{url_of(job)}?htmx=1&seen={job.pk}.processing").content.decode()
    assert "hx-swap-oob" not in seen
    change(job, status="success", output={"text": "hello"})
    html = as_ada.get(url).content.decode()
    assert "hx-get" not in html
    assert ">hello<" in html


def test_htmx_stops_asking_for_what_is_gone(as_ada: Client, as_bob: Client, ada: User) -> None:
    job = make_job("processing", owner=ada)
    foreign = as_bob.get(f"{url_of(job)}?htmx=1")
    job.delete()
    gone = as_ada.get(f"{url_of(job)}?htmx=1")
    assert foreign.status_code == gone.status_code == 286
    assert foreign.content == gone.content
    assert b"isn't there any more" in gone.content


# ---------------------------------------------------------------------------------- the page


def test_the_page_shows_the_job_without_the_hosts_help(as_ada: Client, ada: User) -> None:
    html = as_ada.get(url_of(make_job("processing", owner=ada), "page")).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in html
    assert html.count('http-equiv="refresh"') == 1
    assert "/static/universal_ai/live.js" in html
    assert "/static/universal_ai/live.css" in html
    assert "data-events" not in html  # under WSGI
    assert (
        "http-equiv"
        not in as_ada.get(url_of(make_job("success", owner=ada), "page")).content.decode()
    )


# --------------------------------------------------------------------------------- asking again


@pytest.mark.usefixtures("_may_retry")
def test_asks_again_and_shows_the_new_job(as_ada: Client, ada: User) -> None:
    job = make_job("fail", owner=ada, error={"message": "No words in it."})
    html = said(as_ada, job)
    assert "No words in it." in html
    assert "Try again" in html
    assert press_retry(as_ada, job).url == url_of(job, "page")
    again = job.resubmissions.get()
    assert (again.owner, again.status) == (ada, "pending")
    assert f'data-uai-state="{again.pk}.pending"' in said(as_ada, job)


@pytest.mark.usefixtures("_may_retry")
def test_a_double_click_asks_once(as_ada: Client, ada: User) -> None:
    job = make_job("fail", owner=ada)
    for _ in range(3):
        press_retry(as_ada, job)
    again = job.resubmissions.get()
    change(again, status="fail")
    press_retry(as_ada, job)  # the old page's button, once more
    assert job.resubmissions.get() == again
    assert again.resubmissions.count() == 0
    press_retry(as_ada, again, url_of(job, "retry"))
    assert again.resubmissions.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_may_retry")
def test_two_clicks_at_the_same_moment_ask_once(ada: User) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("The test's database in memory has no two connections that wait in turn.")
    job = make_job("fail", owner=ada)
    url = url_of(job, "retry", signed="retry")

    def click(_: int) -> int:
        try:
            return int(press_retry(Client(), job, url).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(click, range(4))) == {302}
    assert job.resubmissions.count() == 1


@pytest.mark.usefixtures("_may_retry")
def test_the_script_gets_the_new_fragment(as_ada: Client, ada: User) -> None:
    job = make_job("fail", owner=ada)
    answer = as_ada.post(url_of(job, "retry"), {"job": str(job.pk)}, headers=SCRIPT)
    assert "Waiting to start" in answer.content.decode()
    assert answer.status_code == 200


@pytest.mark.parametrize("status", ["pending", "uncertain", "processing", "success"])
@pytest.mark.usefixtures("_may_retry")
def test_only_what_failed_is_asked_again(as_ada: Client, ada: User, status: str) -> None:
    job = make_job(status, owner=ada)
    assert "Try again" not in said(as_ada, job)
    press_retry(as_ada, job)
    assert job.resubmissions.count() == 0


def test_is_off_unless_the_host_says_so(as_ada: Client, ada: User) -> None:
    job = make_job("fail", owner=ada)
    assert "Try again" not in said(as_ada, job)
    assert press_retry(as_ada, job).status_code == 403
    assert job.resubmissions.count() == 0


@pytest.mark.usefixtures("_may_retry")
def test_wants_a_csrf_token(ada: User) -> None:
    job = make_job("fail", owner=ada)
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert press_retry(client, job).status_code == 403
    page = client.get(url_of(job, "page"))
    token = page.context["csrf_token"]
    assert press_retry(client, job, csrfmiddlewaretoken=str(token)).status_code == 302


@pytest.mark.usefixtures("_may_retry")
def test_wants_it_also_without_the_hosts_middleware(ada: User, settings: Settings) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "csrf" not in name]
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert press_retry(client, make_job("fail", owner=ada)).status_code == 403


@pytest.mark.parametrize(
    ("given", "goes_to"),
    [
        ("/orders/7/?page=2", "/orders/7/?page=2"),
        ("https://evil.example/", ""),
        ("//evil.example/", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
@pytest.mark.usefixtures("_may_retry")
def test_comes_back_to_where_the_button_was(
    as_ada: Client, ada: User, given: str, goes_to: str
) -> None:
    job = make_job("fail", owner=ada)
    assert press_retry(as_ada, job, next=given).url == (goes_to or url_of(job, "page"))


@pytest.mark.usefixtures("_may_retry")
def test_says_when_it_cant_be_asked_again(as_ada: Client, ada: User) -> None:
    job = make_job("fail", owner=ada, requested_model="audio/speech_to_text_async/google", input={})
    answer = press_retry(as_ada, job)
    assert answer.status_code == 409
    assert "It can't be tried again" in answer.content.decode().replace("&#x27;", "'")
    by_script = as_ada.post(url_of(job, "retry"), {"job": str(job.pk)}, headers=SCRIPT)
    assert 'role="alert"' in by_script.content.decode()


def test_words_can_be_translated() -> None:
    assert all(isinstance(word, Promise) for word in words.STATES.values())
