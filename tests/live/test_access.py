"""Who may see a job: everybody else can't tell it from one that doesn't exist."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from django_universal_ai.models import UniversalAIJob
from tests.rows import make_job

from .conftest import press_retry, url_of

pytestmark = pytest.mark.django_db

ROUTES = ["page", "fragment", "events"]


def ask(client: Client, job: UniversalAIJob | str, route: str) -> Any:
    if route == "retry":
        return client.post(url_of(job, "retry"), {"job": str(getattr(job, "pk", job))})
    return client.get(url_of(job, route))


@pytest.mark.parametrize("route", ["page", "fragment"])
def test_the_owner_sees_it(as_ada: Client, ada: User, route: str) -> None:
    assert ask(as_ada, make_job("processing", owner=ada), route).status_code == 200


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("route", [*ROUTES, "retry"])
def test_nobody_else_can_tell_that_it_exists(
    as_bob: Client, client: Client, ada: User, route: str, debug: bool, settings: Settings
) -> None:
    settings.DEBUG = debug
    job = make_job("fail", owner=ada)
    for stranger in (as_bob, client):
        foreign = ask(stranger, job, route)
        unknown = ask(stranger, str(uuid.uuid4()), route)
        assert foreign.status_code == unknown.status_code == 404
        if not debug:
            assert foreign.content == unknown.content
            assert dict(foreign.headers) == dict(unknown.headers)


@pytest.mark.parametrize("key", ["x", "1", "0" * 40, "%00", "..", "see.1.2.3"])
def test_a_key_that_is_no_key_is_404(client: Client, key: str) -> None:
    assert client.get(f"/universal-ai/live/{key}/fragment/").status_code == 404


def test_a_job_of_nobody_is_seen_by_nobody(client: Client, as_bob: Client) -> None:
    job = make_job("processing")
    assert ask(client, job, "fragment").status_code == 404
    assert ask(as_bob, job, "fragment").status_code == 404


def test_staff_isnt_the_owner_either(ada: User, admin_client: Client) -> None:
    assert ask(admin_client, make_job("processing", owner=ada), "fragment").status_code == 404


def test_the_hosts_rule_takes_the_place_of_the_owner(
    as_ada: Client, client: Client, ada: User, settings: Settings
) -> None:
    settings.UNIVERSAL_AI_LIVE = {"MAY_SEE": "tests.live.rules.by_session"}
    job = make_job("processing", owner=ada)
    assert ask(as_ada, job, "fragment").status_code == 404
    session = client.session
    session["jobs"] = [str(job.pk)]
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    assert ask(client, job, "fragment").status_code == 200


def test_a_rule_that_raises_says_no_in_the_same_way(as_ada: Client, settings: Settings) -> None:
    settings.UNIVERSAL_AI_LIVE = {"MAY_SEE": "tests.live.rules.refuse"}
    assert ask(as_ada, make_job("processing"), "fragment").status_code == 404


def test_without_users_there_is_no_owner(client: Client, settings: Settings) -> None:
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    job = make_job("processing")
    assert ask(client, job, "fragment").status_code == 404
    assert client.get(url_of(job, signed="see")).status_code == 200


def test_may_see_isnt_may_retry(as_ada: Client, ada: User, settings: Settings) -> None:
    settings.UNIVERSAL_AI_LIVE = {"MAY_RETRY": "tests.live.rules.refuse"}
    job = make_job("fail", owner=ada)
    assert b"Try again" not in ask(as_ada, job, "fragment").content
    assert press_retry(as_ada, job).status_code == 403


def test_deleted_is_unknown(as_ada: Client, ada: User) -> None:
    job = make_job("processing", owner=ada)
    url = url_of(job)
    assert as_ada.get(url).status_code == 200
    job.delete()
    assert as_ada.get(url).status_code == 404
