"""The harness's side of the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.processes import Group


@dataclass(frozen=True, slots=True)
class Job:
    """What became of a job at the service; times are Unix time."""

    public_id: str
    client: str
    model: str
    started: float
    ended: float | None
    looks: int


class Control:
    """A service in a process of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=f"{url}/_control/", timeout=60)

    def configure(self, **settings: Any) -> None:
        """Change settings; see :class:`benchmarks.upstream.state.Settings`."""
        self._call("configure", settings)

    def reset(self) -> None:
        """Forget jobs and counts."""
        self._call("reset")

    def fill(self, client: str, number: int, model: str) -> None:
        """Have so many more jobs that don't end."""
        self._call("fill", {"client": client, "number": number, "model": model})

    def counts(self, client: str) -> Counter[str]:
        """Requests of a client by kind and status: ``"POST 202"``."""
        mine = f"{client} "
        counts: dict[str, int] = self._call("counts")
        return Counter(
            {name.removeprefix(mine): n for name, n in counts.items() if name.startswith(mine)}
        )

    def lists(self) -> list[tuple[float, int]]:
        """When the list was read, and which page."""
        return [(at, page) for at, page in self._call("lists")]

    def at_work(self) -> int:
        """Jobs that run and webhooks that are on their way."""
        return int(self._call("at_work"))

    def public_key(self) -> str:
        """PEM of the key that signs webhooks."""
        return str(self._call("public_key"))

    def jobs(self, client: str) -> list[Job]:
        return [job for job in (Job(*row) for row in self._call("jobs")) if job.client == client]

    def close(self) -> None:
        self._http.close()

    def _call(self, name: str, data: Any = None) -> Any:
        answer = self._http.post(name, json=data) if data is not None else self._http.post(name)
        return answer.raise_for_status().json()


@contextmanager
def upstream(log: Path) -> Iterator[Control]:
    """The service, in a process that never outlives this one."""
    process = Group(["-m", "benchmarks.upstream"], {}, log, talks=True)
    try:
        assert process.process.stdout
        url = process.process.stdout.readline().strip()
        assert url, log.read_text()[-3000:]
        control = Control(url)
        try:
            yield control
        finally:
            control.close()
    finally:
        process.close()
