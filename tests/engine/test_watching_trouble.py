"""Lists and looks that fail, jobs that are missing, and those that never end."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from django_universal_ai.backends import BaseBackend, backends
from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.contract import JobResponse, is_terminal
from django_universal_ai.models import Account, UniversalAIJob
from tests.remote import Configure
from tests.rows import change, due_in, error_of, events_of, fresh, in_seconds, make_due
from tests.upstream import Upstream

from .looking import advance, at_work, details, finish, lists

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("endless")]


@pytest.mark.parametrize("status", [404, 405, 422])
def test_a_service_without_a_list_is_asked_job_by_job_and_not_for_the_list_again(
    status: int, remote: BaseBackend, upstream: Upstream
) -> None:
    upstream.fault("answer", method="GET", path="async$", status=status, body={}, times=0)
    made = at_work(3)
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 3)
    make_due(*made)
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (0, 3)
    Account.objects.update(listless_until=in_seconds(-1))
    upstream.faults.clear()
    make_due(*made)
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 0)


@pytest.mark.parametrize(
    "fault", [{"kind": "lost"}, {"kind": "answer", "status": 500}, {"kind": "truncated"}]
)
def test_a_list_that_fails_once_is_asked_for_again(
    fault: dict[str, Any], remote: BaseBackend, upstream: Upstream
) -> None:
    upstream.fault(method="GET", path="async$", **fault)
    made = at_work(3)
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 3)
    make_due(*made)
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 0)


def test_a_list_that_never_ends_is_left(remote: BaseBackend, upstream: Upstream) -> None:
    at_work(2)
    endless = {"items": [], "total_pages": 10**9}
    upstream.fault("answer", method="GET", path="async$", patch=endless, times=0)
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 2)


def test_a_job_that_slipped_through_the_pages_is_only_asked_for(
    remote: BaseBackend, upstream: Upstream
) -> None:
    made = at_work(2)
    upstream.fault("answer", method="GET", path="async$", patch={"items": []})
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 2)
    assert {fresh(job).status for job in made} == {"processing"}


def test_a_status_that_nobody_knows_is_not_an_end(remote: BaseBackend, upstream: Upstream) -> None:
    made = at_work(2)
    finish(upstream, *made, status="on_hold", output=None)
    requests = advance(upstream)
    assert (lists(requests), details(requests)) == (1, 2)
    for job in made:
        assert fresh(job).status == "processing"
        assert "on_hold" in fresh(job).note


def test_a_job_that_is_not_found_for_a_while_comes_back(
    remote: BaseBackend, upstream: Upstream
) -> None:
    (job,) = at_work(1)
    upstream.fault("answer", method="GET", status=404, body={"detail": "Job not found"}, times=2)
    for _ in range(2):
        advance(upstream)
        assert fresh(job).status == "processing"
        assert "Job not found" in fresh(job).note
        make_due(job)
    assert fresh(job).missing_since
    advance(upstream)
    assert (fresh(job).missing_since, fresh(job).note) == (None, "")
    finish(upstream, job)
    make_due(job)
    advance(upstream)
    assert fresh(job).status == "success"


def test_a_job_that_is_gone_for_good_fails_with_the_reason(
    remote: BaseBackend, upstream: Upstream
) -> None:
    (job,) = at_work(1)
    upstream.jobs.clear()
    advance(upstream)
    change(job, missing_since=in_seconds(-601), due_at=in_seconds(-1))
    advance(upstream)
    row = fresh(job)
    assert (row.status, error_of(job)["type"]) == ("fail", "missing")
    assert "404" in error_of(job)["message"]
    assert events_of(job) == ["submitted", "failed"]


WEEK = 7 * 86400.0


@pytest.mark.parametrize("others", [0, 3])
def test_a_job_that_never_ends_is_given_up_after_a_week(
    others: int, remote: BaseBackend, upstream: Upstream
) -> None:
    made = at_work(others)
    (job,) = at_work(1, age=WEEK + 60)
    make_due(*made)
    advance(upstream)
    assert (fresh(job).status, error_of(job)["type"]) == ("fail", "timeout")
    assert "7 days" in error_of(job)["message"]


def test_a_result_that_came_in_the_last_minute_counts(
    remote: BaseBackend, upstream: Upstream
) -> None:
    (job,) = at_work(1, age=WEEK + 60)
    finish(upstream, job)
    advance(upstream)
    assert fresh(job).status == "success"


def test_an_answer_that_never_can_be_read_ends_the_job_after_a_week(
    configure: Configure, upstream: Upstream
) -> None:
    configure(max_response_bytes=10_000)
    (job,) = at_work(1)
    finish(upstream, job, output={"text": "x" * 20_000})
    advance(upstream)
    assert fresh(job).status == "processing"
    assert "max_response_bytes" in fresh(job).note
    change(job, submitted_at=in_seconds(-WEEK - 1), due_at=in_seconds(-1))
    advance(upstream)
    assert (fresh(job).status, error_of(job)["type"]) == ("fail", "timeout")


@pytest.mark.parametrize("path", ["async$", "async/"])
@pytest.mark.parametrize(
    "fault",
    [{"kind": "rate_limited", "seconds": 30}, {"kind": "answer", "status": 401, "body": {}}],
)
def test_a_closed_account_is_left_alone_and_its_jobs_stay_due(
    path: str, fault: dict[str, Any], configure: Configure, upstream: Upstream
) -> None:
    configure(concurrency=1)
    made = at_work(3)
    if path == "async/":
        finish(upstream, *made)
    upstream.fault(method="GET", path=path, **fault)
    requests = advance(upstream)
    assert requests[-1].status in (429, 401)
    assert advance(upstream) == []
    assert {fresh(job).status for job in made} == {"processing"}
    assert UniversalAIJob.objects.due().count() == 3
    Account.objects.update(closed_until=None, refusal="")
    finish(upstream, *(job for job in made if path == "async$"))
    advance(upstream)
    assert {fresh(job).status for job in made} == {"success"}


def test_a_look_that_fails_is_repeated_later(remote: BaseBackend, upstream: Upstream) -> None:
    (job,) = at_work(1)
    upstream.fault("lost", method="GET")
    advance(upstream)
    row = fresh(job)
    assert row.status == "processing"
    assert row.note
    assert due_in(job) > 5


class Breaks(HTTPBackend):
    """Has a bug that shows in some answers."""

    can_list = False

    def get(self, public_id: str) -> JobResponse:
        found = super().get(public_id)
        if is_terminal(found.status):
            return found
        raise ZeroDivisionError("in a backend")


def test_a_backend_that_breaks_over_one_job_holds_up_no_other(
    remote: BaseBackend, settings: Settings, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    settings.UNIVERSAL_AI["default"]["BACKEND"] = f"{__name__}.Breaks"
    backends.reset()
    poor, rich = at_work(2)
    finish(upstream, rich)
    advance(upstream)
    assert (fresh(poor).status, fresh(rich).status) == ("processing", "success")
    assert fresh(poor).note == "in a backend"
    assert due_in(poor) > 5
    assert "backend 'default' broke while it was asked" in caplog.text
