"""Signed links: to one job, for what they say, for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.signing import TimestampSigner
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai.live import link_to
from django_universal_ai.live.links import read_key, signed_key
from tests.rows import make_job

from .conftest import press_retry, url_of

pytestmark = pytest.mark.django_db


def test_a_link_shows_one_job_to_anybody(client: Client, ada: User) -> None:
    job, other = make_job("processing", owner=ada), make_job("processing", owner=ada)
    link = link_to(job)
    assert client.get(link).status_code == 200
    assert client.get(f"{link}fragment/").status_code == 200
    assert link_to(job, "https://shop.example/") == f"https://shop.example{link}"
    assert client.get(link.replace(job.pk.hex, other.pk.hex)).status_code == 404


def test_a_link_needs_no_login_where_all_pages_do(client: Client, settings: Settings) -> None:
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    job = make_job("processing")
    assert client.get(link_to(job)).status_code == 200
    assert client.get(url_of(job)).status_code == 404


@pytest.mark.parametrize("place", range(4))
def test_a_changed_link_is_no_link(client: Client, place: int) -> None:
    job = make_job("processing")
    parts = signed_key(job).split(".")
    assert len(parts) == 4
    parts[place] = {0: "retry", 1: make_job().pk.hex, 2: "zzzzzz", 3: "x" * 43}[place]
    assert read_key(".".join(parts)) is None
    assert client.get(url_of(".".join(parts))).status_code == 404


@pytest.mark.parametrize("key", ["", "see", "see..", "x" * 5000, "see.zz.1a.b", "\x00", "../admin"])
def test_rubbish_is_no_link(key: str) -> None:
    assert read_key(key) is None


def test_a_signature_for_something_else_is_no_link(client: Client) -> None:
    job = make_job("processing")
    for salt in ("django_universal_ai.downloads", "other"):
        forged = TimestampSigner(salt=salt, sep=".").sign(f"see.{job.pk.hex}")
        assert client.get(url_of(forged)).status_code == 404


def test_a_link_ends(client: Client, settings: Settings) -> None:
    job = make_job("processing")
    link = link_to(job)
    now = timezone.now()
    with time_machine.travel(now + timedelta(days=6, hours=23)):
        assert client.get(link).status_code == 200
    with time_machine.travel(now + timedelta(days=7, minutes=1)):
        assert client.get(link).status_code == 404
    settings.UNIVERSAL_AI_LIVE = {"LINK_SECONDS": 60}
    with time_machine.travel(now + timedelta(seconds=62)):
        assert client.get(link).status_code == 404


def test_a_fragment_doesnt_make_its_link_younger(client: Client) -> None:
    job = make_job("processing")
    key = signed_key(job)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert f'data-src="{url_of(key)}"' in client.get(url_of(key, "page")).content.decode()


def test_links_outlive_a_change_of_the_secret_key(client: Client, settings: Settings) -> None:
    link = link_to(make_job("processing"))
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another one"
    assert client.get(link).status_code == 404
    settings.SECRET_KEY_FALLBACKS = [old]
    assert client.get(link).status_code == 200


def test_a_link_to_see_doesnt_let_retry(client: Client) -> None:
    job = make_job("fail")
    assert b"Try again" not in client.get(link_to(job)).content
    assert press_retry(client, job, url_of(job, "retry", signed="see")).status_code == 403
    assert job.resubmissions.count() == 0


def test_a_link_to_retry_does_unless_the_host_is_against_it(
    client: Client, settings: Settings
) -> None:
    job = make_job("fail")
    url = url_of(job, "retry", signed="retry")
    settings.UNIVERSAL_AI_LIVE = {"MAY_RETRY": "tests.live.rules.never"}
    assert b"Try again" not in client.get(link_to(job, retry=True)).content
    assert press_retry(client, job, url).status_code == 403
    del settings.UNIVERSAL_AI_LIVE
    assert b"Try again" in client.get(link_to(job, retry=True)).content
    answer = press_retry(client, job, url)
    assert job.resubmissions.count() == 1
    assert b"Waiting to start" in client.get(answer.url).content
