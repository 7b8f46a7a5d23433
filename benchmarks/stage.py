"""One contestant's run: the service, a database, a corner of Redis, its processes, its figures."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, LiteralString

from tests.faults.brokers import broker
from tests.faults.waiting import until

from . import measures, servers
from .host import counting
from .host.celery import READY
from .processes import Group
from .talking import Talker
from .upstream import Control, upstream

TOKEN = "benchmark"
MODEL = "audio/speech_to_text_async/google"
#: Jobs of the warm-up have another model, so that they teach nothing about the measured ones.
WARM_UP_MODEL = "ocr/ocr_async/amazon"
TABLES = {
    "usual": "usual_job",
    "app": "universal_ai_universalaijob",
    "gateway": "universal_ai_universalaijob",
    "desk": "universal_ai_universalaijob",
}
#: What is still to be done, by kind: counted over the harness's own connection.
UNSETTLED: dict[str, dict[str, LiteralString]] = {
    "usual": {"jobs": "SELECT count(*) FROM usual_job WHERE status NOT IN ('success', 'fail')"},
    "app": {
        "jobs": "SELECT count(*) FROM universal_ai_universalaijob "
        "WHERE status NOT IN ('success', 'fail')",
        "signals": "SELECT count(*) FROM universal_ai_jobevent WHERE deliver_at IS NOT NULL",
        "costs": "SELECT count(*) FROM universal_ai_universalaijob "
        "WHERE status IN ('success', 'fail') AND cost IS NULL",
    },
}
FOLDER = servers.ROOT / "var" / "bench"

_numbers = count(1)

Figures = dict[str, float]


@dataclass(slots=True)
class Mark:
    """What had been used at one moment."""

    at: float
    cpu: float
    postgres: float
    redis: float
    queries: int


@dataclass(slots=True)
class Stage:
    """Made by :func:`stage`, which cleans up whatever happens."""

    contestant: str
    folder: Path
    database: servers.Database
    upstream: Control
    environment: dict[str, str]
    stack: ExitStack
    #: The contestant's processes.
    groups: list[Group] = field(default_factory=list)

    def worker(self, processes: int) -> Group:
        """A Celery worker that is ready, with so many child processes."""
        name = f"worker-{len(self.groups)}"
        command = ["-m", "celery", "-A", "benchmarks.host.celery", "worker", "-n", f"{name}@%h"]
        command += ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
        made = self._add(Group([*command, "-c", str(processes)], self.environment, self._log(name)))
        until(
            lambda: READY in made.log.read_text() or not made.is_alive,
            60,
            f"{name} is ready ({made.log})",
        )
        assert made.is_alive, made.log.read_text()[-3000:]
        return made

    def web(self) -> Talker:
        """The process that asks for jobs."""
        command = ["-m", "benchmarks.host.web"]
        made = Talker(command, self.environment, self._log("web"), talks=True)
        self._add(made)
        made.call("ready")
        return made

    def site(self, port: int, threads: int = 4, workers: int = 1) -> Group:
        """A web server: so many processes with so many threads each."""
        command = ["-m", "gunicorn", "--threads", str(threads), "--log-level", "warning"]
        command += ["--workers", str(workers)]
        command += ["--bind", f"127.0.0.1:{port}", "benchmarks.host.wsgi"]
        made = self._add(Group(command, self.environment, self._log("site")))
        until(lambda: _listens(port), 30, f"the site answers ({made.log})")
        return made

    def bare(self, token: str = TOKEN) -> Talker:
        """A bare client. It isn't counted, unless it is put among the contestant's processes."""
        name = f"bare-{token}"
        command = ["-m", "benchmarks.bare", self.upstream.url, token]
        made = Talker(command, {}, self._log(name), talks=True)
        self.stack.callback(made.close)
        return made

    def _add(self, group: Group) -> Group:
        self.stack.callback(group.close)
        self.groups.append(group)
        return group

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def unsettled(self) -> dict[str, int]:
        """What is still to be done, by kind."""
        kinds = UNSETTLED[self.contestant]
        return {name: int(self.database.value(query)) for name, query in kinds.items()}

    def roots(self) -> list[int]:
        return [group.pid for group in self.groups]

    def mark(self) -> Mark:
        return Mark(
            at=time.time(),
            cpu=measures.cpu(self.roots()),
            postgres=self.database.server_cpu(),
            redis=servers.redis_cpu(),
            queries=counting.total(self.folder),
        )

    def used_since(self, begin: Mark, jobs: int) -> Figures:
        """What was used since ``begin``, by job where that says more."""
        end = self.mark()
        return {
            "cpu_ms": (end.cpu - begin.cpu) / jobs * 1000,
            "postgres_ms": (end.postgres - begin.postgres) / jobs * 1000,
            "redis_ms": (end.redis - begin.redis) / jobs * 1000,
            "queries": (end.queries - begin.queries) / jobs,
        }

    def requests(self, jobs: int) -> Figures:
        """What the service was asked by this contestant, by job; ``refused`` in all."""
        counts = self.upstream.counts(TOKEN)
        kinds: Counter[str] = Counter()
        for name, number in counts.items():
            kind, status = name.split()
            kinds[kind] += number
            if status == "429":
                kinds["429"] += number
        asked = sum(kinds[kind] for kind in ("POST", "GET", "LIST"))
        return {
            "requests": asked / jobs,
            "posts": kinds["POST"] / jobs,
            "gets": kinds["GET"] / jobs,
            "lists": float(kinds["LIST"]),
            "refused": float(kinds["429"]),
            "webhooks": kinds["WEBHOOK"] / jobs,
        }

    def lags(self) -> list[tuple[float, float]]:
        """Of each measured job that ended: its duration, and the seconds until that was stored."""
        stored = self.database.stored()
        return [
            (job.ended - job.started, stored[job.public_id] - job.ended)
            for job in self.upstream.jobs(TOKEN)
            if job.ended and job.model == MODEL and job.public_id in stored
        ]


def lag_figures(lags: list[tuple[float, float]]) -> Figures:
    seconds = [lag for _, lag in lags]
    return {
        "lag_p50": measures.quantile(seconds, 0.5),
        "lag_p95": measures.quantile(seconds, 0.95),
        "lag_max": max(seconds, default=float("nan")),
    }


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def stage(contestant: str, title: str, **options: Any) -> Iterator[Stage]:
    """An empty stage for ``contestant`` (``usual``, ``app``, ``gateway`` or ``desk``; a bare
    client needs ``app`` too).

    ``options`` are added to those of the HTTP backend. Logs stay below ``var/bench/runs``.
    """
    name = f"bench_{os.getpid()}_{next(_numbers)}"
    folder = FOLDER / "runs" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {title} ({folder.relative_to(servers.ROOT)})\n")
    with ExitStack() as stack:
        control = stack.enter_context(upstream(folder / "upstream.log"))
        database = stack.enter_context(servers.database(name))
        corner = stack.enter_context(broker(servers.REDIS, name))
        usual = {"api_key": TOKEN, "base_url": control.url, "rate_limit": None}
        if options.get("webhook_url"):
            options["webhook_public_keys"] = [control.public_key()]
        environment = {
            "DJANGO_SETTINGS_MODULE": "benchmarks.host.settings",
            "BENCHMARK_CONTESTANT": contestant,
            "BENCHMARK_DATABASE_URL": database.url,
            "BENCHMARK_BROKER_URL": corner.url,
            "BENCHMARK_OPTIONS": json.dumps(usual | options),
            counting.VARIABLE: str(folder),
        }
        database.migrate(environment, TABLES[contestant])
        yield Stage(contestant, folder, database, control, environment, stack)
