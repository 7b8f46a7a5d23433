"""The control interface under ``/_control/``: the judge's own door, with no key and no limit.

============================  =====================================================
GET    settings               all settings
PATCH  settings               change some: ``{"seconds": 2}``
GET    faults                 those that still wait for a request
POST   faults                 add one, or a list: ``{"kind": "lost", "method": "POST"}``
DELETE faults                 drop all
GET    ledger?since=N         every request from number N on
GET    jobs                   every job that was accepted, with its owner's secrets
POST   jobs/<id>/finish       end a job now: ``{"status": "fail", "error": {...}}``
GET    webhooks               deliveries
POST   reset                  forget jobs, files, faults and ledger; settings stay
============================  =====================================================
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .answers import Answer, json_answer
from .faults import Fault
from .jobs import Job

if TYPE_CHECKING:
    from .server import Upstream

ROOT = "/_control/"


def control(upstream: Upstream, method: str, path: str, query: dict[str, str], data: Any) -> Answer:
    """Do what ``method`` and ``path`` (without the root) say; a mistake is told as 400."""
    try:
        return json_answer(200, finite(_act(upstream, method, path, query, data)))
    except (KeyError, TypeError, ValueError) as error:
        return json_answer(400, {"detail": f"{type(error).__name__}: {error}"})


def _act(upstream: Upstream, method: str, path: str, query: dict[str, str], data: Any) -> Any:
    match method, path.split("/"):
        case (("GET" | "PATCH"), ["settings"]):
            upstream.settings.update(data or {})
            return asdict(upstream.settings)
        case "GET", ["faults"]:
            return [asdict(fault) for fault in upstream.faults.left()]
        case "POST", ["faults"]:
            for each in data if isinstance(data, list) else [data]:
                upstream.faults.add(Fault(**each))
        case "DELETE", ["faults"]:
            upstream.faults.clear()
        case "GET", ["ledger"]:
            return upstream.ledger.as_json(int(query.get("since", 0)))
        case "GET", ["jobs"]:
            return [job_as_json(job) for job in upstream.jobs.all()]
        case "POST", ["jobs", public_id, "finish"]:
            return job_as_json(upstream.jobs.finish(public_id, **(data or {})))
        case "GET", ["webhooks"]:
            return [asdict(delivery) for delivery in upstream.webhooks.deliveries]
        case "POST", ["reset"]:
            upstream.reset()
        case _:
            raise ValueError(f"no such control: {method} {path}")
    return None


def job_as_json(job: Job) -> dict[str, Any]:
    """Everything about a job that its owner sees, and what only the judge may."""
    return job.detail() | {
        "account": job.account,
        "body": job.body,
        "deleted": job.deleted,
        "ended": job.ended,
        "ending": job.ending,
    }


def finite(data: Any) -> Any:
    """Infinity isn't JSON: ``null`` stands for it, as in the settings."""
    if isinstance(data, dict):
        return {name: finite(value) for name, value in data.items()}
    if isinstance(data, list):
        return [finite(value) for value in data]
    return None if data == math.inf else data
