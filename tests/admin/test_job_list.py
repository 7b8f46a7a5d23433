"""The list of jobs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from django_universal_ai.models import Account, Status
from tests.rows import make_job

from .conftest import LIST, dead_letter

#: Of one page, whatever it shows.
QUERIES = 13


def fill(count: int) -> None:
    group = Group.objects.create(name=f"group {count}")
    kind = ContentType.objects.get_for_model(Group)
    for number in range(count):
        owner = User.objects.create_user(f"owner {count} {number}")
        make_job("success", owner=owner, content_type=kind, object_id=str(group.pk))


def test_each_status_is_an_icon_and_a_word(root: Client) -> None:
    for status in Status.values:
        make_job(status)
    page = root.get(LIST).content.decode()
    for word in ("waiting", "being sent", "needs a look", "processing", "success", "failed"):
        assert f"</span> {word}</span>" in page


def test_shows_what_was_asked_and_who_answered(root: Client) -> None:
    group = Group.objects.create(name="invoices")
    make_job(
        "success",
        provider="amazon",
        model="nova",
        cost=Decimal("0.012500000000"),
        owner=User.objects.create_user("berta"),
        content_type=ContentType.objects.get_for_model(Group),
        object_id=str(group.pk),
        requested_at=timezone.now() - timedelta(hours=5),
        finished_at=timezone.now() - timedelta(hours=4),
    )
    page = root.get(LIST).content.decode()
    assert "google → amazon (nova)" in page
    assert "audio/<wbr>speech_to_text_async" in page
    assert '>0.0125 <span class="uai-unit">credits</span><' in page
    assert ">berta<" in page
    assert f'<a href="/admin/auth/group/{group.pk}/change/">group {group.pk}</a>' in page
    assert ">5 h<" in page
    assert ">1 h 0 min<" in page


def test_takes_the_same_number_of_queries_for_one_job_as_for_many(
    root: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fill(1)
    root.get(LIST)  # content types are cached from here on
    with django_assert_num_queries(QUERIES):
        root.get(LIST)
    fill(20)
    with django_assert_num_queries(QUERIES):
        root.get(LIST)


def test_never_reads_what_may_be_long(
    root: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_job("success", output={"text": "long"}, owner=User.objects.create_user("berta"))
    with django_assert_num_queries(QUERIES) as captured:
        root.get(LIST)
    for query in captured.captured_queries:
        for name in ("output", "original_response", "input", "metadata"):
            assert f'."{name}"' not in query["sql"]


def test_says_above_the_list_what_needs_a_person(root: Client) -> None:
    make_job("uncertain")
    Account.objects.create(name="default", refusal="402: out of credits")
    Account.objects.create(name="fine")
    response = root.get(LIST)
    notices = [notice.words for notice in response.context["notices"]]
    assert len(notices) == 2
    assert "“default”" in notices[0]
    assert "402: out of credits." in notices[0]
    assert notices[1].startswith("1 job needs a person")
    assert 'href="?needs=look"' in response.content.decode()


def test_marks_results_that_the_service_may_delete_soon(root: Client) -> None:
    ago = timezone.now() - timedelta(days=6)
    make_job("processing", requested_at=ago, submitted_at=ago)
    make_job("processing")
    response = root.get(LIST)
    html = response.content.decode()
    assert html.count("</span> at risk</span>") == 1
    (notice,) = response.context["notices"]
    assert notice.words.startswith("The result of 1 job is at risk")
    assert 'href="?needs=risk"' in html


def test_finds_just_the_jobs_that_it_marks(root: Client) -> None:
    ago = [timezone.now() - timedelta(days=4), timezone.now() - timedelta(days=6)]
    rows = [
        make_job(status, submitted_at=submitted, posted_at=posted, requested_at=requested)
        for status in Status.values
        for submitted in (None, *ago)
        for posted in (None, *ago)
        for requested in ago
        if submitted is None or submitted >= requested
    ]
    found = root.get(f"{LIST}?needs=risk").context["cl"].queryset
    assert set(found) == {job for job in rows if job.result_at_risk}


@pytest.mark.parametrize("query", ["needs=look", "needs=person", "needs=look&slow="])
def test_rare_jobs_come_in_the_order_of_all(root: Client, query: str) -> None:
    rows = [
        make_job("uncertain", requested_at=timezone.now() - timedelta(days=days)) for days in (2, 9)
    ]
    assert list(root.get(f"{LIST}?{query}").context["cl"].result_list) == rows
    assert list(root.get(f"{LIST}?{query}&o=-6").context["cl"].result_list) == rows[::-1]
    sorted_ = str(root.get(f"{LIST}?{query}").context["cl"].queryset.query)
    assert 'ORDER BY "universal_ai_universalaijob"."requested_at"' not in sorted_


def test_nobody_adds_a_job_by_hand(root: Client) -> None:
    assert root.get(f"{LIST}add/").status_code == 403


def test_who_may_not_look_sees_nothing(person: Any) -> None:
    assert person().get(LIST).status_code == 403


def test_sorts_by_what_can_be_sorted(root: Client) -> None:
    make_job("success")
    for column in range(1, 9):
        assert root.get(LIST, {"o": str(column)}).status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status__exact=fail", {"failed"}),
        ("needs=person", {"uncertain", "undelivered"}),
        ("needs=look", {"uncertain"}),
        ("needs=delivery", {"undelivered"}),
        ("needs=nonsense", {"failed", "uncertain", "undelivered", "old"}),
        ("age=0-1", {"failed", "uncertain", "undelivered"}),
        ("age=168-", {"old"}),
        ("age=1-24", set()),
        ("age=nonsense", {"failed", "uncertain", "undelivered", "old"}),
        ("feature=ocr", {"old"}),
        ("subfeature=ocr_async", {"old"}),
        ("provider=amazon", {"old"}),
        ("provider=gone", set()),
        ("backend=local", {"failed"}),
    ],
)
def test_filters(root: Client, query: str, found: set[str]) -> None:
    rows = {
        "failed": make_job("fail", backend="local"),
        "uncertain": make_job("uncertain"),
        "undelivered": make_job("success"),
        "old": make_job(
            "success",
            feature="ocr",
            subfeature="ocr_async",
            provider="amazon",
            requested_at=timezone.now() - timedelta(days=8),
        ),
    }
    dead_letter(rows["undelivered"])
    result = root.get(f"{LIST}?{query}").context["cl"].result_list
    assert {name for name, row in rows.items() if row in result} == found
