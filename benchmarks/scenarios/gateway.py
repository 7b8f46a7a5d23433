"""What the gateway serves per second, beside bare endpoints that do the least of the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from ..course import say
from ..load import Client, Load, again_and_again, put_on, request
from ..measures import quantile
from ..servers import ROOT
from ..stage import MODEL, Figures, Stage, free_port, stage

JOBS = "/v3/universal-ai/async"
BARE = "/bare/jobs"
BODY = {
    "model": MODEL,
    "input": {"file": "https://files.example/1.wav", "language": "en"},
    "provider_params": {"speakers": 2},
    "user_webhook_parameters": {"order": 4711},
}
#: Copies of one job that ended, a second apart, all of them over for a day.
_FILL = """
INSERT INTO universal_ai_universalaijob ({columns})
SELECT {values} FROM universal_ai_universalaijob job, generate_series(1, {count}) n
WHERE job.id = (SELECT id FROM universal_ai_universalaijob WHERE owner_id = {owner} LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class Size:
    #: Of each turn; the endpoints take turns, so that what the machine does hits all.
    seconds: float = 5.0
    turns: int = 5
    clients: int = 8
    workers: int = 2
    threads: int = 4
    #: Rows of two owners whose lists are asked for.
    few: int = 1000
    many: int = 1_000_000


QUICK = Size(seconds=1.0, turns=3, few=100, many=20_000)


@contextmanager
def _site(title: str, size: Size) -> Iterator[tuple[Stage, int]]:
    with stage("gateway", title) as made:
        port = free_port()
        made.site(port, threads=size.threads, workers=size.workers)
        yield made, port


def _token(made: Stage, owner: str) -> str:
    script = (
        "import django; django.setup()\n"
        "from django.contrib.auth.models import User\n"
        "from django_universal_ai.gateway import tokens\n"
        f"print(tokens.create(User.objects.create_user({owner!r})))"
    )
    command = [sys.executable, "-c", script]
    return subprocess.check_output(
        command, cwd=ROOT, env=os.environ | made.environment, text=True
    ).strip()


def requests(size: Size) -> Figures:
    """POST and GET of the gateway and of bare endpoints, in turns, on one server."""
    with _site("gateway: requests", size) as (made, port):
        token = _token(made, "ann")
        asked = {
            "bare_post": request("POST", BARE, body=BODY),
            "post": request("POST", JOBS, token, BODY),
        }
        client = Client(port)
        ids = {name: json.loads(client.ask(each)[1])["public_id"] for name, each in asked.items()}
        client.close()
        asked["bare_get"] = request("GET", f"{BARE}/{ids['bare_post']}")
        asked["get"] = request("GET", f"{JOBS}/{ids['post']}", token)
        loads: dict[str, list[Load]] = {name: [] for name in asked}
        for _ in range(size.turns):
            for name, message in asked.items():
                want = 202 if "post" in name else 200
                turn = again_and_again(message)
                loads[name].append(
                    put_on(port, turn, clients=size.clients, seconds=size.seconds, want=want)
                )
        figures = {
            f"{name}_rate": median(load.rate for load in each) for name, each in loads.items()
        }
        figures |= {
            f"{name}_p99_ms": quantile([s for load in each for s in load.seconds], 0.99) * 1000
            for name, each in loads.items()
        }
        for name in ("post", "get"):
            pairs = zip(loads[name], loads[f"bare_{name}"], strict=True)
            figures[f"{name}_ratio"] = median(ours.rate / bare.rate for ours, bare in pairs)
        say(figures)
        return figures


def pages(size: Size) -> Figures:
    """A page of the list of an owner with few jobs, and of one with many, in turns."""
    with _site("gateway: pages", size) as (made, port):
        tokens = {name: _token(made, name) for name in ("few", "many")}
        client = Client(port)
        for owner, (name, token) in enumerate(tokens.items(), 1):
            client.ask(request("POST", JOBS, token, BODY))
            _fill(made, owner, getattr(size, name) - 1)
        made.database.execute("VACUUM ANALYZE universal_ai_universalaijob")
        figures: Figures = {}
        for page, query in (("first", ""), ("success", "?status=success"), ("tenth", "?page=10")):
            took: dict[str, list[float]] = {name: [] for name in tokens}
            for turn in range(size.turns * 10):
                for name, token in tokens.items():
                    message = again_and_again(request("GET", JOBS + query, token))
                    load = put_on(port, message, clients=1, seconds=size.seconds / 20, want=200)
                    took[name] += load.seconds if turn else ()  # the first one counts rows
            for name, seconds in took.items():
                figures[f"{page}_{name}_ms"] = median(seconds) * 1000
            figures[f"{page}_ratio"] = median(took["many"]) / median(took["few"])
        client.close()
        say(figures)
        return figures


def _fill(made: Stage, owner: int, count: int) -> None:
    changed = {
        "id": "gen_random_uuid()",
        "public_id": "gen_random_uuid()::text",
        "status": "'success'",
        "due_at": "NULL",
        "requested_at": "now() - interval '1 day' - n * interval '1 second'",
        "finished_at": "now() - interval '1 day' - n * interval '1 second'",
    }
    names = str(
        made.database.value(
            "SELECT string_agg(column_name, ',') FROM information_schema.columns "
            "WHERE table_name = 'universal_ai_universalaijob' AND is_generated = 'NEVER'"
        )
    ).split(",")
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(changed.get(name, f'job."{name}"') for name in names)
    fill = _FILL.format(columns=columns, values=values, count=count, owner=owner)
    made.database.execute(fill)  # made of names that the database told


CONTESTANTS: dict[str, Callable[[Size], Figures]] = {"requests": requests, "pages": pages}
