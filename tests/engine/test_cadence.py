from __future__ import annotations

import pytest

from django_universal_ai.engine import cadence
from django_universal_ai.models import UniversalAIJob
from tests.rows import in_seconds


@pytest.mark.parametrize(
    ("age", "pause"), [(0, 1), (4, 1), (10, 2), (100, 20), (300, 60), (86400, 60)]
)
def test_a_young_job_is_looked_at_soon_and_an_old_one_rarely(age: float, pause: float) -> None:
    job = UniversalAIJob(submitted_at=in_seconds(-age))
    pauses = [cadence.next_look(job) for _ in range(50)]
    assert all(0.79 * pause <= each <= 1.01 * pause for each in pauses)
    assert len(set(pauses)) > 1


def test_a_job_that_was_not_taken_over_yet_counts_as_new() -> None:
    assert cadence.next_look(UniversalAIJob()) <= cadence.SHORTEST


@pytest.mark.parametrize(("attempts", "most"), [(0, 1), (1, 2), (5, 32), (6, 60), (10_000, 60)])
def test_sending_is_retried_with_growing_pauses(attempts: int, most: float) -> None:
    pauses = [cadence.retry_pause(attempts) for _ in range(50)]
    assert all(most / 2 <= each <= most for each in pauses)
