"""Where a job stands, in words for the people who wait for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from django_universal_ai.engine.outlook import Outlook
from django_universal_ai.live import words
from django_universal_ai.models import Status, UniversalAIJob
from tests.rows import in_seconds

KEY = "sk-abcdefgh12345678"


def failed(error: Any, **fields: Any) -> UniversalAIJob:
    return UniversalAIJob(status=Status.FAIL, error=error, **fields)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "Nearly there."),
        (4, "Nearly there."),
        (7.3, "About 7 seconds left."),
        (31, "About 30 seconds left."),
        (95, "About 2 minutes left."),
        (3600, "About 60 minutes left."),
        (7300, "About 2 hours left."),
    ],
)
def test_time_left_is_told_roughly(seconds: float, said: str) -> None:
    assert words.time_left(in_seconds(seconds + 0.01)) == said


def test_one_of_something_is_singular() -> None:
    job = UniversalAIJob(status=Status.PENDING)
    assert words.detail(job, Outlook(usual=1.2)) == "It usually takes 1 second."
    assert words.detail(job, Outlook(usual=0.01)) == "It usually takes 1 second."
    assert words.detail(job, Outlook(usual=3700)) == "It usually takes 62 minutes."


def test_says_nothing_where_nothing_is_known() -> None:
    assert words.detail(UniversalAIJob(status=Status.PROCESSING), Outlook()) == ""
    ended = UniversalAIJob(status=Status.SUCCESS)
    assert words.detail(ended, Outlook(usual=5, eta=timezone.now())) == ""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"message": "The file has no sound."}, "The file has no sound."),
        ({"type": "rejected", "message": "Too large."}, "Too large."),
        ({"type": "ProviderError", "message": "a.pdf is damaged"}, "a.pdf is damaged"),
        ({"type": "SomethingOfTheService", "message": "Too long."}, "Too long."),
        ({"type": "given_up", "message": "Nobody cares"}, "ended by hand"),
        ({"type": "worker_lost", "message": "lease of 9f"}, "interrupted too often"),
        ({"type": "ProviderMissing", "message": "pip install"}, "can't do that at the moment"),
        ({"message": f"The key {KEY} is wrong"}, "The key [redacted] is wrong"),
        ({"message": ["a"]}, "Something broke on our side."),
        ({"message": "  "}, "Something broke on our side."),
        ({}, "Something broke on our side."),
        (None, "Something broke on our side."),
        ("text", "Something broke on our side."),
    ],
)
def test_why_it_failed_is_told_to_people(error: Any, said: str) -> None:
    assert said in words.failure(failed(error, public_id="of-the-service"))


def test_insides_of_a_program_of_ours_arent_shown() -> None:
    job = failed({"type": "KeyError", "message": "'secret_table'"})
    job.public_id = str(job.pk)
    assert words.failure(job) == "Something broke on our side."
    job.error = {"type": "ProviderError", "message": "a.wav has no sound"}
    assert words.failure(job) == "a.wav has no sound"


def test_a_long_reason_is_cut_and_can_be_sent() -> None:
    said = words.failure(failed({"message": "\ud800" + "x" * 5000}))
    assert said.encode()
    assert len(said) == words.MOST_CHARACTERS + 1


def test_every_state_has_words() -> None:
    assert set(words.STATES) == set(Status)
