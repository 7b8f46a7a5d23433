"""A client of the gateways of several web processes, which may be killed under it."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from itertools import count
from typing import Any

PATH = "/v3/universal-ai/async"
MODEL = "audio/speech_to_text_async/google"


class Api:
    """Asks one of the ports, and the next one where that doesn't answer."""

    def __init__(self, ports: list[int], token: str) -> None:
        self._ports = ports
        self._token = token
        self._turn = count()
        self._lock = threading.Lock()
        #: Ids of accepted jobs by their serial number; those that nobody answered for.
        self.accepted: dict[int, str] = {}
        self.unanswered: set[int] = set()

    def post(self, serial: int) -> None:
        """Ask for a job, once: whoever gets no answer can't know whether there is one."""
        body = {
            "model": MODEL,
            "input": {"file": f"https://files.example/{serial}.wav"},
            "provider_params": {"serial": serial},
        }
        try:
            answer = self.request("POST", PATH, body)
        except OSError:
            with self._lock:
                self.unanswered.add(serial)
        else:
            with self._lock:
                self.accepted[serial] = answer["public_id"]

    def load(self, first: int, number: int, pause: float) -> None:
        """Ask for so many jobs, one after the other."""
        for serial in range(first, first + number):
            self.post(serial)
            time.sleep(pause)

    def job(self, public_id: str) -> dict[str, Any]:
        return self.request("GET", f"{PATH}/{public_id}")

    def request(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Raises ``OSError`` where nobody answers; refused connections are tried elsewhere."""
        for _ in self._ports:
            with suppress(ConnectionRefusedError):
                port = self._ports[next(self._turn) % len(self._ports)]
                return self._request(port, method, path, body)
        raise ConnectionRefusedError("none of the processes listens")

    def _request(self, port: int, method: str, path: str, body: Any) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                read: dict[str, Any] = json.load(answer)
        except urllib.error.URLError as error:
            raise error.reason if isinstance(error.reason, OSError) else error from None
        return read
