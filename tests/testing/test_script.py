from __future__ import annotations

import pytest

from django_universal_ai.testing import UniversalAI

from .test_kit import now, submit

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status_code", [400, 404, 422])
def test_a_refused_request_fails(universal_ai: UniversalAI, status_code: int) -> None:
    universal_ai.on().refuse(status_code=status_code)
    job = submit()
    universal_ai.run()
    assert now(job).status == "fail"


@pytest.mark.parametrize("status_code", [408, 425, 500, 503])
def test_an_error_that_may_come_after_the_work_leaves_a_job_uncertain(
    universal_ai: UniversalAI, status_code: int
) -> None:
    universal_ai.on().refuse("Overloaded.", status_code=status_code).succeed()
    job = submit()
    universal_ai.run()
    assert now(job).status == "uncertain"
    assert len(universal_ai.posts) == 1  # it is never sent again by itself


@pytest.mark.parametrize("status_code", [401, 402, 403, 429])
def test_a_refused_account_keeps_its_jobs(universal_ai: UniversalAI, status_code: int) -> None:
    universal_ai.on().refuse(status_code=status_code)
    job = submit()
    universal_ai.step()
    assert now(job).status == "pending"
