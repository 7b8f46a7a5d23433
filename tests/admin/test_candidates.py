"""What the job's page tells of candidates that failed, and of those whose turn may come."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from django_universal_ai import jobs
from django_universal_ai.models import JobEvent, UniversalAIJob
from tests.rows import AUDIO, answer, change, fresh, make_job

pytestmark = pytest.mark.django_db

OWN = "the service&#x27;s own fallback"
WHO = AUDIO.rpartition("/")[0]


def table(client: Client, job: UniversalAIJob) -> list[list[str]]:
    """The rows of the table, cell by cell."""
    html = client.get(f"/admin/universal_ai/universalaijob/{job.pk}/change/").content.decode()
    _, _, section = html.partition('id="candidates"')
    rows = re.findall(r"<tr>(<td>.*?)</tr>", section.partition("</section>")[0])
    return [re.findall(r"<td>(.*?)</td>", row) for row in rows]


def failed_once(route: list[str], fallbacks: list[str]) -> UniversalAIJob:
    job = make_job("processing", fallbacks=fallbacks, route=route)
    error = {"message": "Bearer sk-abc was <b>refused</b>"}
    assert jobs.observe(job, answer("fail", public_id=job.public_id, error=error), look_in=0)
    return fresh(job)


def test_each_candidate_has_its_line(root: Client) -> None:
    job = failed_once(["default", "local", "default"], ["rapidocr", "amazon"])
    assert [row[:3] for row in table(root, job)] == [
        [AUDIO, "default", "failed"],
        [f"{WHO}/rapidocr", "local", "passed over"],
        [f"{WHO}/amazon", "default", "its turn"],
    ]
    reason, cost = table(root, job)[0][3:]
    assert "&lt;b&gt;refused&lt;/b&gt;" in reason
    assert "sk-abc" not in reason
    assert cost == "0.0125"


@pytest.mark.parametrize(
    ("status", "provider", "states"),
    [
        ("pending", "google", ["its turn", OWN, "next in line"]),
        ("success", "google", ["answered", OWN, "not needed"]),
        (
            "success",
            "amazon",
            [
                "answered by a fallback of the service",
                OWN,
                "not needed",
            ],
        ),
        ("fail", "google", ["failed", OWN, "not needed"]),
    ],
)
def test_states(root: Client, status: str, provider: str, states: list[str]) -> None:
    route = ["default", "default", "local"]
    job = make_job(status, provider=provider, fallbacks=["amazon", "rapidocr"], route=route)
    assert [row[2] for row in table(root, job)] == states


def test_a_job_without_fallbacks_has_no_table(root: Client) -> None:
    assert table(root, make_job()) == []


def test_a_row_that_was_bent_by_hand_is_shown_all_the_same(root: Client) -> None:
    assert table(root, change(make_job(), fallbacks=["a//b"])) == []


def test_a_cost_that_is_no_number_is_left_out(root: Client) -> None:
    job = failed_once(["default", "local", "default"], ["rapidocr", "amazon"])
    event = JobEvent.objects.get(job=job, kind="fell_back")
    event.detail["cost"] = "a lot"
    event.save()
    first = table(root, job)[0]
    assert (first[2], first[4]) == ("failed", "\N{EN DASH}")
