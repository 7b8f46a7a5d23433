"""The control interface as an object, and the server as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Control:
    """What ``control.py`` offers, from any process. Answers are plain JSON."""

    def __init__(self, url: str) -> None:
        self.url = url

    def configure(self, **settings: Any) -> dict[str, Any]:
        """Change settings; gives all of them."""
        return dict(self._call("PATCH", "settings", settings))

    def fault(self, kind: str, **values: Any) -> None:
        self._call("POST", "faults", {"kind": kind} | values)

    def faults(self) -> list[dict[str, Any]]:
        return list(self._call("GET", "faults"))

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        return list(self._call("GET", f"ledger?since={since}"))

    def posts(self) -> list[dict[str, Any]]:
        """The POSTs that were paid for."""
        return [entry for entry in self.requests() if entry["accepted"]]

    def jobs(self) -> list[dict[str, Any]]:
        return list(self._call("GET", "jobs"))

    def finish(self, public_id: str, **ending: Any) -> dict[str, Any]:
        return dict(self._call("POST", f"jobs/{public_id}/finish", ending))

    def webhooks(self) -> list[dict[str, Any]]:
        return list(self._call("GET", "webhooks"))

    def reset(self) -> None:
        self._call("POST", "reset")

    def _call(self, method: str, path: str, data: Any = None) -> Any:
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"{self.url}/_control/{path}", body, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(json.load(error)["detail"]) from None


@contextmanager
def upstream_process(*arguments: str) -> Iterator[Control]:
    """``python -m tests.upstream`` with these arguments; it never outlives this process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.upstream", "--until-eof", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    with process:
        try:
            yield Control(process.stdout.readline().strip())
        finally:
            process.stdin.close()
