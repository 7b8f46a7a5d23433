"""Requests that a machine makes up from the documents, against a live server.

``make contract`` runs many of them (``UNIVERSAL_AI_TEST_EXAMPLES`` for each operation).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django.live_server_helper import LiveServer

from django_universal_ai.gateway import tokens

from .client import JOBS
from .test_sync import SYNC

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

EXAMPLES = os.environ.get("UNIVERSAL_AI_TEST_EXAMPLES", "5")
CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture
def run(live_server: LiveServer, tmp_path: Path) -> Any:
    # A sandbox: no worker is at hand, and the synchronous endpoint would wait for one.
    token = tokens.create(User.objects.create_user("ann"), sandbox=True)

    def run(document: str) -> None:
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
        options = [
            *("--url", live_server.url),
            *("--header", f"Authorization: Bearer {token}"),
            *("--max-examples", EXAMPLES),
            "--no-color",
        ]
        done = subprocess.run(
            [*command, document, *options], cwd=tmp_path, capture_output=True, text=True
        )
        print(done.stdout[-2000:])  # noqa: T201 - its figures, for who runs it with -s
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def test_our_document(run: Any, live_server: LiveServer) -> None:
    run(f"{live_server.url}/v3/openapi.json")


def test_the_contracts_document(run: Any, documents: Path, tmp_path: Path) -> None:
    document = json.loads((documents / "universal-ai.openapi.json").read_text("utf-8"))
    amended = tmp_path / "amended.json"
    amended.write_text(json.dumps(amend(document)), encoding="utf-8")
    run(str(amended))


def amend(document: dict[str, Any]) -> dict[str, Any]:
    """The contract's document with the answers that it leaves out.

    It knows successes and 422. What else a service must be able to say isn't in it:

    * 401, though the operations want a token;
    * 404, though jobs are asked for by id, and may be deleted;
    * 400 for a model that nobody serves, which the service itself answers;
    * 202 for a synchronous job that takes longer than anybody waits.
    """
    for path, methods in document["paths"].items():
        for operation in methods.values():
            more = {"401"} if operation.get("security") else set()
            more |= {"404"} if "{" in path else set()
            operation["responses"] |= {status: {"description": "left out"} for status in more}
    for path in (SYNC, JOBS):
        document["paths"][path]["post"]["responses"]["400"] = {"description": "left out"}
    document["paths"][SYNC]["post"]["responses"]["202"] = {"description": "left out"}
    # Not left out, but welcome: from a job that was made to that job.
    job = document["paths"][f"{JOBS}/{{job_id}}"]
    document["paths"][JOBS]["post"]["responses"]["202"]["links"] = {
        method: {
            "operationId": job[method]["operationId"],
            "parameters": {"job_id": "$response.body#/public_id"},
        }
        for method in ("get", "delete")
    }
    return document
