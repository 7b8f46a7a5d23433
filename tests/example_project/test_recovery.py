"""A worker that is killed in the middle of a job costs time and nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from example_project.documents.management.processes import HOST, free_port, is_taken
from example_project.documents.management.site import Browser

from .conftest import SAMPLES, Example, eventually, kill_group

WORKER = ("-m", "celery", "-A", "example_project", "worker", "--concurrency", "2")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_job_whose_worker_is_killed_is_done_by_the_next_one(example: Example) -> None:
    migrated = example.manage("migrate")
    assert migrated.returncode == 0, migrated.stderr
    port = free_port()
    address = f"{HOST}:{port}"
    with (
        example.running("manage.py", "runserver", address, "--noreload", log="web.log"),
        closing(Browser(f"http://{address}")) as browser,
    ):
        eventually(lambda: is_taken(port))
        document = browser.bring(SAMPLES / "scan.pdf")
        with example.running(*WORKER, log="first.log") as worker:
            eventually(lambda: browser.look(document) == ("processing", False))
            kill_group(worker)
        assert browser.look(document) == ("processing", False)
        with example.running(*WORKER, log="second.log"):
            eventually(lambda: browser.look(document)[1])
        assert browser.look(document) == ("success", True)
        page = browser.words(document)
    assert "rapidocr found" in page
    assert "Minutes of the meeting on 14 March 2025" in page
    assert steps(example) == ["submitted", "restarted", "succeeded"]


def steps(example: Example) -> list[str]:
    """The events of the only job."""
    with closing(sqlite3.connect(example.var / "db.sqlite3")) as connection:
        rows = connection.execute("SELECT kind FROM universal_ai_jobevent ORDER BY at")
        return [kind for (kind,) in rows]
