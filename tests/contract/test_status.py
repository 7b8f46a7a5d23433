from __future__ import annotations

import pytest

from django_universal_ai.contract import JobStatus, is_terminal


@pytest.mark.parametrize(
    ("status", "ends"),
    [
        (JobStatus.PROCESSING, False),
        (JobStatus.SUCCESS, True),
        (JobStatus.FAIL, True),
        ("success", True),
        ("fail", True),
        ("SUCCESS", False),
        ("queued", False),
        ("", False),
    ],
)
def test_only_success_and_fail_are_an_end(status: str, ends: bool) -> None:
    assert is_terminal(status) is ends
