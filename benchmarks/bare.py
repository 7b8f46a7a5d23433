"""``python -m benchmarks.bare URL TOKEN``: the least that httpx needs, as it is told.

One client in one thread, connections kept, nothing stored. ``post`` and ``get`` make one request
per job; ``pace`` asks steadily for one job until its time is up, as another app would.
"""

from __future__ import annotations

import sys
import time

import httpx

from benchmarks.talking import obey
from tests.faults.host import lifeline

PATH = "/v3/universal-ai/async"


class Bare:
    """A client of the service."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        self._ids: list[str] = []

    def post(self, count: int, model: str) -> None:
        for serial in range(count):
            body = {"model": model, "input": {"file": f"https://files.example/{serial}.pdf"}}
            self._ids.append(self._http.post(PATH, json=body).json()["public_id"])

    def get(self) -> int:
        """Fetch all that was posted; how many have ended."""
        ids, self._ids = self._ids, []
        answers = (self._http.get(f"{PATH}/{each}").json() for each in ids)
        return sum(answer["status"] == "success" for answer in answers)

    def pace(self, rate: float) -> None:
        """Ask ``rate`` times a second, evenly, for as long as the process lives."""
        began = time.monotonic()
        nth = 0
        while True:
            self._http.get(f"{PATH}/00000000-0000-0000-0000-000000000000")
            nth += 1
            time.sleep(max(0.0, began + nth / rate - time.monotonic()))


def main() -> None:
    lifeline.watch()
    bare = Bare(*sys.argv[1:3])
    obey({"post": bare.post, "get": bare.get, "pace": bare.pace})


if __name__ == "__main__":
    main()
