"""Deleting jobs at the service."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from django_universal_ai.admin import deleting_remote
from django_universal_ai.backends import backends
from django_universal_ai.exceptions import NotFound, Rejected
from django_universal_ai.models import JobEvent, UniversalAIJob
from tests.rows import change, fresh, make_job, row_of

from .conftest import LIST, Person, messages_of, press, select, url_of

pytestmark = pytest.mark.django_db

DELETE = f"{LIST}delete-remote/"


@pytest.fixture
def clerk(person: Person) -> Client:
    """May look and delete at the service."""
    return person("view_universalaijob", "delete_remote_universalaijob")


def at_the_service(status: str = "success", **fields: Any) -> UniversalAIJob:
    job = make_job(status, **fields)
    return change(job, public_id=backends["default"].submit(job.request).public_id)


def is_there(job: UniversalAIJob) -> bool:
    try:
        backends["default"].get(str(job.public_id))
    except NotFound:
        return False
    return True


def confirm(client: Client, *jobs: UniversalAIJob) -> Any:
    return client.post(DELETE, {"_selected_action": [str(job.pk) for job in jobs]}, follow=True)


def test_a_button_asks_first_with_the_price(clerk: Client) -> None:
    job = at_the_service(cost=Decimal("0.0125"))
    before = row_of(job)
    asked = press(clerk, job, "delete_remote")
    html = asked.content.decode()
    assert "forgets this job and its result for good" in html
    assert "0.0125" in html
    assert "promise" not in html
    assert is_there(job)
    response = confirm(clerk, job)
    assert response.redirect_chain == [(url_of(job), 302)]
    told = ["1 job was deleted at the service; its row here stays."]
    assert messages_of(response) == told
    assert not is_there(job)
    assert row_of(job) == before
    assert ">Delete at the service…<" not in clerk.get(url_of(job)).content.decode()
    log = LogEntry.objects.get()
    assert (str(log.user), log.object_id) == ("anna", str(job.pk))
    assert log.change_message == "Deleted at the service."


def test_work_that_goes_on_is_warned_of(clerk: Client) -> None:
    html = press(clerk, at_the_service("processing"), "delete_remote").content.decode()
    assert "promise to stop its work or its bill" in html
    several = [at_the_service("processing"), at_the_service("processing"), at_the_service()]
    html = select(clerk, several, "delete_remote").content.decode()
    assert "2 of them haven" in html


def test_several_are_counted_and_so_are_those_that_cannot(clerk: Client) -> None:
    able = [at_the_service(), at_the_service()]
    deleted = at_the_service()
    confirm(clerk, deleted)
    others = [
        deleted,
        make_job("pending"),
        make_job("success", backend="local"),
        make_job("success", backend="gone"),
    ]
    asked = select(clerk, [*able, *others], "delete_remote")
    assert {row["job"] for row in asked.context["rows"]} == set(able)
    assert len(asked.context["skipped"]) == 4
    told = messages_of(confirm(clerk, *able, *others))
    assert told[0].startswith("2 jobs were deleted at the service")
    assert sorted(words.partition(": ")[2] for words in told[1:]) == [
        "it has no id at a service.",
        "it was deleted at the service before.",
        "its backend isn't in the settings any more.",
        "its backend keeps nothing that could be deleted.",
    ]


def test_a_second_click_deletes_nothing_and_logs_nothing(clerk: Client) -> None:
    job = at_the_service()
    confirm(clerk, job)
    assert messages_of(confirm(clerk, job))[-1].startswith("1 job is skipped")
    assert LogEntry.objects.count() == 1
    assert JobEvent.objects.filter(job=job, kind="noticed").count() == 1


def test_a_service_that_refuses_is_told(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(public_id: str) -> None:
        raise Rejected("Not now.", status_code=409)

    monkeypatch.setattr(backends["default"], "delete", refuse)
    job = at_the_service()
    assert messages_of(confirm(clerk, job)) == ["1 job: Not now."]
    assert not LogEntry.objects.exists()


def test_nobody_waits_for_ever(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deleting_remote, "PATIENCE", 0.0)
    job = at_the_service()
    assert messages_of(confirm(clerk, job))[0].startswith("1 job isn't deleted yet")
    assert is_there(job)


def test_it_needs_the_permission(viewer: Client) -> None:
    job = at_the_service()
    assert "Delete at the service" not in viewer.get(url_of(job)).content.decode()
    assert press(viewer, job, "delete_remote").status_code == 403
    assert select(viewer, [job], "delete_remote").status_code == 403
    assert confirm(viewer, job).status_code == 403
    assert is_there(job)
    assert fresh(job).status == "success"


def test_a_job_that_is_gone_meanwhile_is_told(clerk: Client) -> None:
    job = at_the_service()
    UniversalAIJob.objects.all().delete()
    response = confirm(clerk, job)
    assert response.redirect_chain == [(LIST, 302)]
    assert messages_of(response) == ["There is no such job (any more)."]
