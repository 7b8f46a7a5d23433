from __future__ import annotations

import json
import logging

import pytest

from django_universal_ai import engine, jobs
from django_universal_ai.backends import BaseBackend
from tests.remote import KEY, Configure, configure, upstream
from tests.rows import AUDIO, fresh
from tests.upstream import Upstream

__all__ = ["configure", "upstream"]

pytestmark = pytest.mark.django_db(transaction=True)

SECRET_URL = "https://files.example/call.wav?X-Amz-Signature=very-secret"


@pytest.fixture
def remote(configure: Configure) -> BaseBackend:
    return configure()


def of_changes(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if hasattr(record, "to_status")]


def test_one_line_for_each_change(caplog: pytest.LogCaptureFixture, remote: BaseBackend) -> None:
    caplog.set_level("INFO", "django_universal_ai")
    job = jobs.submit(model=AUDIO, input={"file": SECRET_URL})
    engine.advance()
    records = of_changes(caplog)
    assert [record.getMessage() for record in records[:2]] == [
        f"job {job.pk}: new -> pending ({AUDIO}, backend 'default')",
        f"job {job.pk}: pending -> submitting ({AUDIO}, backend 'default')",
    ]
    assert (
        vars(records[1]).items()
        >= {
            "job_id": str(job.pk),
            "from_status": "pending",
            "to_status": "submitting",
            "model": AUDIO,
            "backend": "default",
            "levelname": "INFO",
        }.items()
    )


def test_all_of_a_line_can_be_written_as_json(
    caplog: pytest.LogCaptureFixture, remote: BaseBackend
) -> None:
    caplog.set_level("INFO", "django_universal_ai")
    jobs.submit(model=AUDIO, input={"file": SECRET_URL})
    (record,) = of_changes(caplog)
    assert AUDIO in json.dumps(vars(record))


def test_no_secret_and_nothing_that_went_in_or_came_out(
    caplog: pytest.LogCaptureFixture, remote: BaseBackend, upstream: Upstream
) -> None:
    caplog.set_level("DEBUG", "django_universal_ai")
    upstream.settings.output = {"text": "the words that came out"}
    upstream.settings.seconds = float("inf")
    job = jobs.submit(model=AUDIO, input={"file": SECRET_URL})
    engine.advance()
    upstream.jobs.finish(upstream.jobs.all()[-1].public_id)
    engine.look(fresh(job))
    assert fresh(job).status == "success"
    written = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "processing -> success" in written
    for secret in (KEY, "very-secret", "files.example", "the words that came out"):
        assert secret not in written


def test_who_wants_no_lines_pays_for_none(
    caplog: pytest.LogCaptureFixture, remote: BaseBackend
) -> None:
    caplog.set_level("WARNING", "django_universal_ai")
    jobs.submit(model=AUDIO, input={"file": SECRET_URL})
    assert of_changes(caplog) == []
