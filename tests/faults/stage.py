"""Everything a fault test breaks: service, database, broker, workers; real ones, all bounded."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.upstream import Control, Upstream, upstream_process
from tests.upstream.webhooks import Sign

from .brokers import Broker, broker
from .nursery import Nursery
from .oracle import TERMINAL, Evidence, Verdict, judge
from .postgres import Database, database
from .processes import Blow, Group, Web, Worker
from .proxy import Proxy, answers, proxy
from .size import SEED
from .waiting import until
from .watch import Watch

#: The account's key: nothing may ever write it down.
KEY = "sk-faults-0123456789abcdef"

_UNSETTLED = (
    "SELECT count(*) FROM universal_ai_universalaijob "
    "WHERE status NOT IN ('success', 'fail', 'uncertain')"
)
_UNDELIVERED = "SELECT count(*) FROM universal_ai_jobevent WHERE deliver_at IS NOT NULL"


@dataclass(slots=True)
class Stage:
    """One run. Its members may be used freely; :func:`stage` cleans up whatever happens."""

    name: str
    folder: Path
    database: Database
    broker: Broker
    upstream: Control
    environment: dict[str, str]
    nursery: Nursery
    stack: ExitStack
    watch: Watch
    #: Before the broker and the database, where asked for.
    broker_proxy: Proxy | None = None
    database_proxy: Proxy | None = None
    rate_limit: int | None = None
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311
    workers: list[Worker] = field(default_factory=list)
    blows: list[Blow] = field(default_factory=list)
    submitted: int = 0
    _web: Web | None = None
    _started: int = 0

    @property
    def web(self) -> Web:
        if self._web is None:
            self._web = self.new_web()
        return self._web

    def new_web(self, **environment: str) -> Web:
        self._started += 1
        log = self.folder / f"web-{self._started}.log"
        made = Web(self.nursery, self.environment | environment, log)
        self.stack.callback(made.close)
        return made

    def submit(self, count: int, **how: Any) -> list[str]:
        """Ask for so many jobs; gives their primary keys."""
        first, self.submitted = self.submitted, self.submitted + count
        return list(self.web.call("submit", first=first, count=count, **how))

    def worker(self, *arguments: str, ready: bool = True, **environment: str) -> Worker:
        """Start a worker, with two children unless ``arguments`` say otherwise."""
        self._started += 1
        made = Worker(
            self.nursery,
            f"{self.name}-{self._started}",
            self.environment | environment,
            self.folder / f"worker-{self._started}.log",
            arguments or ("-c", "2"),
        )
        self.stack.callback(made.close)
        self.workers.append(made)
        if ready:
            made.await_ready()
        return made

    def site(self, port: int) -> None:
        """Serve the host's URLs, for webhooks."""
        address = f"127.0.0.1:{port}"
        command = ["runserver", "--noreload", "--skip-checks", address]
        log = self.folder / "site.log"
        made = Group(self.nursery, "django", command, self.environment, log)
        self.stack.callback(made.close)
        until(lambda: answers(port), 60, f"the site is up ({made.log})")

    def gunicorn(self, port: int, *arguments: str, app: str = "wsgi") -> Group:
        """Serve the host's URLs as in production, with four threads or with ``arguments``."""
        self._started += 1
        command = ["--bind", f"127.0.0.1:{port}", *(arguments or ("--threads", "4"))]
        log = self.folder / f"gunicorn-{self._started}.log"
        target = f"tests.faults.host.{app}"
        made = Group(self.nursery, "gunicorn", [*command, target], self.environment, log)
        self.stack.callback(made.close)
        until(lambda: answers(port), 60, f"gunicorn is up ({made.log})")
        return made

    def kill(self, worker: Worker) -> None:
        """SIGKILL for the whole group."""
        self.blows.append(worker.kill())
        self.workers.remove(worker)

    def kill_any(self) -> None:
        """Kill one of the groups by chance, and start another in its place."""
        self.kill(self.chance.choice(self.workers))
        self.worker(ready=False)

    def kill_any_child(self) -> None:
        worker = self.chance.choice(self.workers)
        if blow := worker.kill_child(self.chance.randrange(100)):
            self.blows.append(blow)

    def let_stale_leases_pass(self) -> None:
        """To the app, the leases of a worker that is gone have run out."""
        self.database.let_time_pass(100)

    # ---------------------------------------------------------------------------------- waiting

    def unsettled(self) -> int:
        """Jobs that neither ended nor are known to be uncertain."""
        return int(self.database.value(_UNSETTLED))

    def undelivered(self) -> int:
        return int(self.database.value(_UNDELIVERED))

    def await_settled(self, seconds: float, what: str = "every job ended") -> float:
        """Until nothing moves any more; gives the seconds that it took."""
        began = time.monotonic()
        until(
            lambda: not self.unsettled() and not self.undelivered(),
            seconds,
            what,
            every=0.25,
            instead=self.in_short,
        )
        return time.monotonic() - began

    def in_short(self) -> str:
        """How many jobs are in which state, for messages."""
        rows = self.database.rows(
            "SELECT status, count(*) FROM universal_ai_universalaijob GROUP BY status"
        )
        states = ", ".join(f"{row['count']} {row['status']}" for row in rows)
        return f"{states}; {self.undelivered()} events undelivered; files in {self.folder}"

    def statuses(self) -> dict[str, str]:
        rows = self.database.rows("SELECT id, status FROM universal_ai_universalaijob")
        return {str(row["id"]): row["status"] for row in rows}

    def unfinished_but(self, left_out: set[str]) -> set[str]:
        """Jobs that haven't ended, without those that are ``left_out``."""
        open_ = {pk for pk, status in self.statuses().items() if status not in TERMINAL}
        return open_ - left_out

    def job(self, pk: str) -> dict[str, Any]:
        return self.database.rows("SELECT * FROM universal_ai_universalaijob WHERE id = %s", pk)[0]

    # ------------------------------------------------------------------------------------ judging

    def lines(self, name: str) -> list[dict[str, Any]]:
        """What the host's processes wrote to one of their files."""
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def evidence(self) -> Evidence:
        return Evidence(
            rows=self.database.rows("SELECT * FROM universal_ai_universalaijob"),
            events=self.database.rows("SELECT * FROM universal_ai_jobevent ORDER BY at"),
            receipts=self.lines("receipts.jsonl"),
            journal=self.lines("journal.jsonl"),
            requests=self.upstream.requests(),
            upstream_jobs=self.upstream.jobs(),
            blows=self.blows,
            first_ends=dict(self.watch.first_ends),
            odd_rows=list(self.watch.odd_rows),
            longest_transaction=self.watch.longest_transaction,
            rate_limit=self.rate_limit,
            secret=KEY,
            written=self._written(),
        )

    def _written(self) -> dict[str, bytes]:
        """Whatever the run left behind where a secret could be, by place."""
        texts = {path.name: path.read_bytes() for path in self.folder.glob("*.*") if path.is_file()}
        texts["broker"] = self.broker.dump()
        for table in ("universalaijob", "jobevent", "account", "universalaifile"):
            rows = self.database.rows(f"SELECT * FROM universal_ai_{table}")  # noqa: S608
            texts[f"table {table}"] = str(rows).encode()
        return texts

    def judge(self, **allowed: Any) -> Verdict:
        """The oracle's word on this run; see :func:`tests.faults.oracle.judge`."""
        verdict = judge(self.evidence(), **allowed)
        sys.stdout.write(f"{self.name}: {verdict}\n")
        return verdict


@contextmanager
def signing_upstream(sign: Sign, settings: dict[str, Any]) -> Iterator[Control]:
    """The service in this process, where its private key is."""
    with Upstream(seed=SEED, webhooks=True, **settings) as server:
        server.webhooks.sign = sign
        yield Control(server.url)


@contextmanager
def stage(
    *,
    name: str,
    folder: Path,
    postgres: str,
    template: str,
    nursery: Nursery,
    broker_url: str,
    options: dict[str, Any] | None = None,
    celery: dict[str, Any] | None = None,
    shorter: dict[str, float] | None = None,
    rate_limit: int | None = None,
    broker_proxied: bool = False,
    database_proxied: bool = False,
    sign: Sign | None = None,
    **upstream: Any,
) -> Iterator[Stage]:
    """Set the stage. ``options`` go to the backend, ``celery`` to Celery, the rest to the service.

    ``rate_limit`` holds for both sides: the service refuses what is beyond it. With ``sign`` it
    announces what ended, to the site that :meth:`Stage.site` starts.
    """
    with ExitStack() as stack:
        own = stack.enter_context(database(postgres, name, template))
        corner = stack.enter_context(broker(broker_url, name))
        upstream |= {"keys": {KEY: "main"}, "rate_limit": rate_limit}
        given = (f"--set={key}={json.dumps(value)}" for key, value in upstream.items())
        control = stack.enter_context(
            upstream_process("--seed", str(SEED), *given)
            if sign is None
            else signing_upstream(sign, upstream)
        )
        before_broker = stack.enter_context(proxy(corner.url)) if broker_proxied else None
        before_database = stack.enter_context(proxy(own.url)) if database_proxied else None
        usual = {"api_key": KEY, "base_url": control.url, "rate_limit": rate_limit}
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.host.settings",
            "UNIVERSAL_AI_TEST_RUN": str(folder),
            "UNIVERSAL_AI_TEST_NAME": name,
            "UNIVERSAL_AI_TEST_DATABASE_URL": (before_database or own).url,
            "UNIVERSAL_AI_TEST_OPTIONS": json.dumps(usual | (options or {})),
            "UNIVERSAL_AI_TEST_CELERY": json.dumps(celery or {}),
            "UNIVERSAL_AI_TEST_SHORTER": json.dumps(shorter or {}),
            "CELERY_BROKER_URL": (before_broker or corner).url,
        }
        watch = Watch(own)
        made = Stage(
            name=name,
            folder=folder,
            database=own,
            broker=corner,
            upstream=control,
            environment=environment,
            nursery=nursery,
            stack=stack,
            watch=watch,
            broker_proxy=before_broker,
            database_proxy=before_database,
            rate_limit=rate_limit,
        )
        stack.enter_context(watch)
        sys.stdout.write(f"{name}: seed {SEED}, files in {folder}\n")
        yield made
