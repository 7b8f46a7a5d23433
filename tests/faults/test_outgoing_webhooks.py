"""A worker that is killed while it posts a webhook: the next one posts it again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.example_project.conftest import Example, eventually, example, kill_group
from tests.loopback import Loopback, answering, loopback, waiting

__all__ = ["example"]

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

WORKER = ("-m", "celery", "-A", "example_project", "worker", "--concurrency", "2")
ROWS = "SELECT state, attempts, failures, status_code FROM universal_ai_gateway_webhookdelivery"

#: A client of the sandbox asks for a job over the gateway's API.
ASK = """
import json
from django.contrib.auth import get_user_model
from django.test import Client
from django_universal_ai.gateway import tokens
ann, _ = get_user_model().objects.get_or_create(username="ann")
answer = Client().post(
    "/v3/universal-ai/async",
    json.dumps({body!r}),
    content_type="application/json",
    headers={{"Authorization": "Bearer " + tokens.create(ann, sandbox=True), "Host": "localhost"}},
)
assert answer.status_code == 202, answer.content
print(answer.json()["public_id"])
"""


def ask(example: Example, receiver: Loopback, case: int) -> str:
    body = {
        "model": "ocr/ocr_async/rapidocr",
        "input": {"file": "https://files.example/scan.pdf"},
        "webhook_receiver": f"{receiver.url}/hook?key=s3cret",
        "user_webhook_parameters": {"case": case},
    }
    asked = example.manage("shell", "-v", "0", "-c", ASK.format(body=body))
    assert asked.returncode == 0, asked.stderr
    return asked.stdout.splitlines()[-1]


def rows(example: Example) -> list[Any]:
    with closing(sqlite3.connect(example.var / "db.sqlite3")) as connection:
        return list(connection.execute(f"{ROWS} ORDER BY created_at"))


def let_leases_pass(example: Example) -> None:
    """To the app, the time of the worker that is gone has run out."""
    with closing(sqlite3.connect(example.var / "db.sqlite3", timeout=20)) as connection, connection:
        connection.execute(
            "UPDATE universal_ai_gateway_webhookdelivery SET due_at = '2000-01-01 00:00:00' "
            "WHERE due_at IS NOT NULL"
        )


def test_a_webhook_whose_worker_is_killed_is_posted_by_the_next_one(example: Example) -> None:
    example.environment["UNIVERSAL_AI_TRUSTED"] = "127.0.0.0/8"
    migrated = example.manage("migrate")
    assert migrated.returncode == 0, migrated.stderr
    with loopback(waiting, answering()) as receiver:
        job = ask(example, receiver, 1)
        with example.running(*WORKER, log="first.log") as worker:
            eventually(lambda: len(receiver.heard) == 1)
            kill_group(worker)
        assert rows(example) == [("due", 1, 0, None)]
        let_leases_pass(example)
        with example.running(*WORKER, log="second.log"):
            eventually(lambda: rows(example) == [("delivered", 2, 0, 200)])
            # And it goes on with what comes next.
            other = ask(example, receiver, 2)
            eventually(lambda: len(rows(example)) == 2 and rows(example)[1][0] == "delivered")
    first, second, third = (json.loads(heard.body) for heard in receiver.heard)
    assert first == second
    assert (first["job_id"], first["user_parameters"]) == (job, {"case": 1})
    assert (third["job_id"], third["user_parameters"]) == (other, {"case": 2})
    logs = "".join((example.var / name).read_text() for name in ("first.log", "second.log"))
    assert "s3cret" not in logs
