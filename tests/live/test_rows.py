"""What was asked again takes the place of what failed."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_universal_ai.live.rows import newest, newest_of, rows
from tests.rows import in_seconds, make_job

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["fail", "uncertain"])
def test_the_newest_one_is_shown(ada: User, status: str) -> None:
    first = make_job(status, owner=ada)
    make_job("fail", owner=ada, parent=first, requested_at=in_seconds(1))
    second = make_job("fail", owner=ada, parent=first, requested_at=in_seconds(2))
    third = make_job("processing", owner=ada, parent=second, requested_at=in_seconds(3))
    assert newest(first) == third


@pytest.mark.parametrize("status", ["pending", "processing", "success"])
def test_what_didnt_fail_stays(ada: User, status: str) -> None:
    first = make_job(status, owner=ada)
    make_job("processing", owner=ada, parent=first)
    with CaptureQueriesContext(connection) as queries:
        assert newest(first) == first
    assert len(queries) == 0


def test_somebody_elses_isnt_followed(ada: User) -> None:
    first = make_job("fail", owner=ada)
    make_job("success", owner=User.objects.create_user("bob"), parent=first)
    make_job("success", parent=first)
    assert newest(first) == first


def test_a_circle_ends(ada: User) -> None:
    first = make_job("fail", owner=ada)
    second = make_job("fail", owner=ada, parent=first)
    first.parent = second
    first.save()
    assert newest(first) in (first, second)


def test_many_cost_what_one_costs(ada: User) -> None:
    failed = [make_job("fail", owner=ada) for _ in range(5)]
    again = [make_job("processing", owner=ada, parent=job) for job in failed]
    with CaptureQueriesContext(connection) as queries:
        found = newest_of([*rows().filter(pk__in=[job.pk for job in failed]), make_job()])
    assert {found[job.pk] for job in failed} == set(again)
    assert len([query for query in queries if query["sql"].startswith("SELECT")]) == 2


def test_large_columns_stay_where_they_are() -> None:
    make_job("success")
    loaded = rows().get().get_deferred_fields()
    assert loaded == {"input", "output", "original_response", "error", "provider_params"}
