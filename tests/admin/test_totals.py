"""What the jobs of a list come to."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from django_universal_ai.admin import jobs as job_admin
from django_universal_ai.admin import totals
from django_universal_ai.models import UniversalAIJob
from tests.rows import make_job

from .conftest import LIST, messages_of, select


def ended(status: str, seconds: float, cost: str | None = None) -> UniversalAIJob:
    """A job that took so long."""
    asked = timezone.now() - timedelta(days=1)
    return make_job(
        status,
        requested_at=asked,
        finished_at=asked + timedelta(seconds=seconds),
        cost=cost and Decimal(cost),
    )


@pytest.fixture
def _three_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "MOST", 3)
    monkeypatch.setattr(job_admin, "MOST", 3)


def shown(client: Client, query: str = "") -> totals.Totals:
    found: totals.Totals = client.get(f"{LIST}?{query}").context["cl"].totals
    return found


def test_adds_up_what_is_listed(root: Client) -> None:
    for number in range(1, 19):
        ended("success", number, "0.1")
    ended("fail", 100)
    ended("fail", 200, "0.000000000001")
    make_job("processing")
    found = shown(root)
    assert (found.jobs, found.is_cut) == (21, False)
    assert found.cost == "1.800000000001"
    assert found.success_rate == "90 %"
    assert (found.p50, found.p95) == ("10 s", "1 min 40 s")
    html = root.get(LIST).content.decode()
    assert "All of this list" in html
    for words in ("<dd>21</dd>", "<dd>90 %</dd>", "<dd>1 min 40 s</dd>"):
        assert words in html


def test_follows_filters_and_search(root: Client) -> None:
    ended("success", 1, "0.5")
    failed = ended("fail", 2)
    assert shown(root, "status__exact=fail").jobs == 1
    assert shown(root, "status__exact=fail").success_rate == "0 %"
    assert shown(root, f"q={failed.pk}").p95 == "2 s"


def test_says_nothing_of_what_is_not_there(root: Client) -> None:
    assert "<dd>\u2013</dd>" in root.get(LIST).content.decode()
    make_job("processing")
    found = shown(root)
    assert (found.jobs, found.cost, found.success_rate, found.p50) == (1, "0.000", "", "")


def test_nearly_all_is_not_all() -> None:
    assert totals.Totals(succeeded=9999, failed=1).success_rate == "99.9 %"
    assert totals.Totals(succeeded=1, failed=9999).success_rate == "0.1 %"
    assert totals.Totals(succeeded=3, failed=1).success_rate == "75 %"
    assert totals.Totals(succeeded=3).success_rate == "100 %"


@pytest.mark.usefixtures("_three_are_many")
def test_counts_the_newest_only_and_says_so(root: Client) -> None:
    for number in range(5):
        make_job("success", requested_at=timezone.now() - timedelta(hours=number))
    make_job("fail", requested_at=timezone.now() - timedelta(hours=9))
    page = root.get(LIST)
    found = page.context["cl"].totals
    assert (found.jobs, found.is_cut, found.failed) == (3, True, 0)
    assert page.context["cl"].result_count == 3
    html = page.content.decode()
    assert "The newest 3 of this list" in html
    assert "There are more: the list ends after 3." in html
    assert shown(root, "status__exact=fail").is_cut is False


@pytest.mark.usefixtures("_three_are_many")
def test_nothing_is_done_to_more_than_what_select_all_names(root: Client) -> None:
    rows = [make_job("fail") for _ in range(4)]
    data = {"action": "delete_selected", "_selected_action": str(rows[0].pk), "index": "0"}
    answer = root.post(LIST, data | {"select_across": "1", "post": "yes"}, follow=True)
    assert messages_of(answer) == ["There are more than 3 jobs in this list; nothing was done."]
    assert UniversalAIJob.objects.count() == 4
    select(root, rows[:1], "delete_selected")
    root.post(f"{LIST}?status__exact=fail", data | {"post": "yes"})
    assert UniversalAIJob.objects.count() == 3
