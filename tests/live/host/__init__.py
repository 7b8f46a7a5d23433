"""A host project with processes of its own that shows jobs on its pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from example_project.documents.management.processes import free_port, is_taken
from tests.site import REPOSITORY, kill_group, wait_until

SERVERS = {
    "asgi": ["uvicorn", "tests.live.host.asgi:application", "--log-level", "warning", "--port"],
    "wsgi": ["gunicorn", "tests.live.host.wsgi:application", "--threads", "8", "--bind"],
}


@dataclass(slots=True)
class Host:
    """Its database, and a process that does what a test wants done there."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    _desk: subprocess.Popen[str] | None = None

    def do(self, code: str) -> Any:
        """Run lines of Python at the desk; gives the value of the last one, an expression."""
        if self._desk is None:
            self._desk = self._start("tests.live.host.desk", stdin=-1, stdout=-1)
        assert self._desk.stdin
        assert self._desk.stdout
        self._desk.stdin.write(json.dumps(code) + "\n")
        self._desk.stdin.flush()
        answer = json.loads(self._desk.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["value"]

    @contextmanager
    def served(self, kind: str) -> Iterator[str]:
        """The site's address, by a server of its own."""
        port = free_port()
        where = str(port) if kind == "asgi" else f"127.0.0.1:{port}"
        server = self._start(*SERVERS[kind], where)
        try:
            assert wait_until(lambda: is_taken(port) or server.poll() is not None)
            assert server.poll() is None, (self.root / "log").read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            kill_group(server)

    def close(self) -> None:
        if self._desk is not None:
            kill_group(self._desk)
            self._desk.communicate()  # closes its pipes

    def _start(self, module: str, *arguments: str, **streams: Any) -> subprocess.Popen[str]:
        with (self.root / "log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=REPOSITORY,
                env={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "tests.live.host.settings",
                    "LIVE_ROOT": str(self.root),
                    **self.environment,
                },
                text=True,
                start_new_session=True,
                **{"stdout": log, **streams, "stderr": log},
            )
