"""What a service's answer to a question makes of a job."""

from __future__ import annotations

import pytest

from django_universal_ai import jobs
from django_universal_ai.contract import JobResponse
from django_universal_ai.exceptions import BackendError, NotFound, OutcomeUnknown, RateLimited
from django_universal_ai.jobs.asked import MISSING_PATIENCE
from tests.rows import answer, change, due_in, error_of, fresh, in_seconds, make_job, row_of

pytestmark = pytest.mark.django_db

STRANGE: dict[str, tuple[JobResponse | BackendError, str, str]] = {
    "unknown": (NotFound("No such job.", status_code=404), "missing", "No such job."),
    "unreadable": (OutcomeUnknown("No JSON.", status_code=200), "unreadable", "No JSON."),
    "another": (
        answer(public_id="another"),
        "unreadable",
        "The service told of another job: another.",
    ),
}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_answer_may_be_a_hiccup(name: str) -> None:
    said, _, reason = STRANGE[name]
    job = make_job("processing")
    assert not jobs.hear(job, said, look_in=100)
    row = fresh(job)
    assert (row.status, row.note, row.polls) == ("processing", reason, 1)
    assert row.missing_since
    assert 70 < due_in(job) <= 100


@pytest.mark.parametrize("name", STRANGE)
def test_one_that_stays_strange_is_the_end(name: str) -> None:
    said, kind, reason = STRANGE[name]
    job = change(make_job("processing"), missing_since=in_seconds(-MISSING_PATIENCE - 1))
    assert jobs.hear(job, said, look_in=100)
    assert error_of(job) == {"type": kind, "message": reason}


@pytest.mark.parametrize(
    "error", [RateLimited("Slow down."), OutcomeUnknown("ReadTimeout"), BackendError("Gone.")]
)
def test_no_answer_is_none(error: BackendError) -> None:
    job = make_job("processing")
    before = row_of(job)
    with pytest.raises(type(error)):
        jobs.hear(job, error, look_in=100)
    assert row_of(job) == before


def test_an_answer_that_it_goes_on() -> None:
    job = make_job("processing")
    assert not jobs.hear(job, answer(public_id=job.public_id), look_in=100)
    assert (fresh(job).note, fresh(job).polls) == ("", 1)
    assert 70 < due_in(job) <= 100
