"""The one judge of every fault test: what must hold, whatever broke.

It reads the service's ledger, the rows, the events, the receivers' notes and the journal, none of
them through the code that it judges. Each invariant is a function that yields what is wrong.
Jobs are known on both sides by ``provider_params["serial"]``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from tests.upstream import busiest

from .host.digests import digest
from .processes import Blow

TERMINAL = ("success", "fail")
_KIND = {"success": "succeeded", "fail": "failed"}
#: Seconds from a row's ``submitting`` until its answer is stored, on a machine under load.
_ON_THE_WIRE = 10.0
#: Seconds that a transaction may be seen idle; a request to the service may take longer.
_LONGEST_TRANSACTION = 2.0


@dataclass(slots=True)
class Evidence:
    """What is left after a run."""

    rows: list[dict[str, Any]]
    events: list[dict[str, Any]]
    receipts: list[dict[str, Any]]
    journal: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    upstream_jobs: list[dict[str, Any]]
    blows: list[Blow]
    first_ends: dict[str, dict[str, Any]]
    odd_rows: list[str]
    longest_transaction: float
    rate_limit: int | None
    secret: str
    #: Logs, tables, messages: wherever a secret could have been left.
    written: dict[str, bytes]

    posts: dict[int, list[dict[str, Any]]] = field(init=False)
    by_public_id: dict[str, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.posts = defaultdict(list)
        for entry in self.requests:
            if entry["method"] == "POST" and isinstance(entry["body"], dict):
                self.posts[_serial(entry["body"])].append(entry)
        self.by_public_id = {job["public_id"]: job for job in self.upstream_jobs}

    def accepted(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """The POSTs that were paid for this row or one that it is a resubmission of."""
        return [entry for entry in self.posts[_serial(row)] if entry["accepted"]]

    @property
    def remote(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["backend"] == "default"]


@dataclass(slots=True)
class Allowed:
    """What a test breaks on purpose, beyond what the evidence excuses by itself."""

    #: Primary keys of jobs that may be uncertain.
    uncertain: frozenset[str] = frozenset()
    #: ``error["type"]`` of failures that are not the service's word.
    failures: frozenset[str] = frozenset()
    #: Receivers of ``receivers.py`` that don't take their signals.
    dead_receivers: frozenset[str] = frozenset()
    longest_transaction: float = _LONGEST_TRANSACTION

    def is_own_failure(self, row: dict[str, Any]) -> bool:
        """Whether it was us who ended the job, whatever became of it at the service."""
        return row["status"] == "fail" and (row["error"] or {}).get("type") in self.failures


@dataclass(slots=True)
class Verdict:
    """The figures of a run in which every invariant held."""

    jobs: int
    states: Counter[str]
    requests: int
    accepted: int
    most_accepted: int
    receipts: int
    blows: int
    busiest_second: int
    cost: Decimal

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return (
            f"{self.jobs} jobs ({states}); {self.requests} requests, {self.accepted} accepted "
            f"POSTs (at most {self.most_accepted} of one job), at most {self.busiest_second} in a "
            f"second; {self.receipts} receipts; {self.blows} blows; cost {self.cost:f}"
        )


class Broken(AssertionError):
    """Invariants that don't hold."""


def judge(evidence: Evidence, **allowed: Any) -> Verdict:
    """Check all invariants; raises :class:`Broken` with every job that breaks one."""
    rules = Allowed(**allowed)
    problems: list[str] = []
    for name, check in _CHECKS.items():
        found = list(check(evidence, rules))
        problems += [f"{name}: {problem}" for problem in islice(found, 10)]
        if len(found) > 10:
            problems.append(f"{name}: ... and {len(found) - 10} more")
    if problems:
        raise Broken("\n".join(["What must hold doesn't:", *problems]))
    return _verdict(evidence)


def _verdict(evidence: Evidence) -> Verdict:
    paid = Counter(_serial(entry["body"]) for entry in evidence.requests if entry["accepted"])
    return Verdict(
        jobs=len(evidence.rows),
        states=Counter(row["status"] for row in evidence.rows),
        requests=len(evidence.requests),
        accepted=paid.total(),
        most_accepted=max(paid.values(), default=0),
        receipts=len(evidence.receipts),
        blows=len(evidence.blows),
        busiest_second=_busiest_second(evidence),
        cost=sum((row["cost"] or Decimal(0) for row in evidence.rows), Decimal(0)),
    )


# ------------------------------------------------------------------------------- the invariants


def one_end(evidence: Evidence, allowed: Allowed) -> Iterator[str]:
    """I1: every job ends in one terminal state, or is uncertain; a terminal row never changes."""
    ends = defaultdict(list)
    for event in evidence.events:
        if event["kind"] in _KIND.values():
            ends[str(event["job_id"])].append(event["kind"])
    for row in evidence.rows:
        pk, status = str(row["id"]), row["status"]
        if status not in (*TERMINAL, "uncertain"):
            yield f"job {pk} is {status} ({row['note']!r})"
        wanted = [_KIND[status]] if status in _KIND else []
        if ends[pk] != wanted:
            yield f"job {pk} is {status}, its events say {ends[pk]}"
    yield from _changed_ends(evidence)


def _changed_ends(evidence: Evidence) -> Iterator[str]:
    rows = {str(row["id"]): row for row in evidence.rows}
    for pk, first in evidence.first_ends.items():
        for name in ("status", "finished_at"):
            if rows[pk][name] != first[name]:
                yield f"job {pk} ended with {name} {first[name]}, now it is {rows[pk][name]}"
    for receipt in evidence.receipts:
        row = rows[receipt["job"]]
        if receipt["kind"] == "submitted" or receipt["status"] not in TERMINAL:
            continue
        if receipt["status"] != row["status"] or receipt["output"] != digest(row["output"]):
            yield f"job {row['id']} isn't any more what its receiver saw: {receipt}"


def as_the_service_says(evidence: Evidence, allowed: Allowed) -> Iterator[str]:
    """I1: the end of a job is the end that its own job at the service had."""
    for row in evidence.remote:
        pk, status = row["id"], row["status"]
        if status not in TERMINAL or allowed.is_own_failure(row):
            continue
        there = evidence.by_public_id.get(row["public_id"] or "")
        if there is None:
            yield f"job {pk} is {status}, but the service has no {row['public_id']!r}"
        elif _serial(there["body"]) != _serial(row):
            yield f"job {pk} has the answer of another: {row['public_id']}"
        elif there["status"] != status or there["output"] != row["output"]:
            yield f"job {pk} is {status}, at the service it is {there['status']}"


def paid_once(evidence: Evidence, allowed: Allowed) -> Iterator[str]:
    """I2: one accepted POST per job at the most; a job with none or an unknown one is flagged."""
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in evidence.remote:
        rows[_serial(row)].append(row)
    for serial, family in rows.items():
        accepted = evidence.accepted(family[0])
        if len(accepted) > len(family):
            numbers = [entry["number"] for entry in accepted]
            yield f"job {family[0]['id']} was paid {len(accepted)} times: requests {numbers}"
        for row in family:
            if not accepted and row["status"] == "success":
                yield f"job {row['id']} is a success that was never accepted (serial {serial})"


def uncertain_for_a_reason(evidence: Evidence, allowed: Allowed) -> Iterator[str]:
    """I2: uncertain is only what was on the wire at a kill, or was never answered."""
    sent: dict[str, dict[str, Any]] = {}
    for line in evidence.journal:
        if line["status"] == "submitting":
            sent[line["job"]] = line
    for row in evidence.remote:
        pk = str(row["id"])
        if row["status"] != "uncertain" or pk in allowed.uncertain:
            continue
        unanswered = any(
            entry["fault"] or not entry["status"] for entry in evidence.posts[_serial(row)]
        )
        if not unanswered and not _was_hit(row, sent.get(pk), evidence.blows):
            yield f"job {pk} is uncertain ({row['note']!r}) and nobody knows why: {sent.get(pk)}"


def _was_hit(row: dict[str, Any], sent: dict[str, Any] | None, blows: Iterable[Blow]) -> bool:
    """Whether the job's sender was killed while it may have been on the wire."""
    if sent is None:  # killed between its commit and its note
        posted = row["posted_at"].timestamp()
        return any(abs(blow.at - posted) < 1 for blow in blows)
    return any(
        sent["pid"] in blow.pids and -0.5 < blow.at - sent["at"] < _ON_THE_WIRE for blow in blows
    )


def told(evidence: Evidence, allowed: Allowed) -> Iterator[str]:
    """I3: each terminal job's signal was received, in one kind, with one event id."""
    ids = {(str(event["job_id"]), event["kind"]): str(event["id"]) for event in evidence.events}
    heard: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for receipt in evidence.receipts:
        if receipt["receiver"] == "note":
            heard[receipt["job"]].add((receipt["kind"], receipt["event_id"]))
    for row in evidence.rows:
        pk = str(row["id"])
        wanted = {
            (kind, ids[pk, kind]) for kind in ("submitted", *_KIND.values()) if (pk, kind) in ids
        }
        if heard[pk] != wanted:
            yield f"job {pk} ({row['status']}): heard {sorted(heard[pk])}, not {sorted(wanted)}"
    for event in evidence.events:
        taken = event["delivered_at"] or event["kind"] not in ("submitted", *_KIND.values())
        excused = any(name in str(event["receipts"]) for name in allowed.dead_receivers)
        if not taken and not excused:
            which = f"event {event['id']} of job {event['job_id']}"
            yield f"{which} isn't delivered: {event['receipts']}"


def due(evidence: Evidence, allowed: Allowed) -> Iterator[str]:
    """I4: no row that could move has no due time. (That it moves in time, each test waits for.)"""
    yield from evidence.odd_rows
    for row in evidence.rows:
        if row["status"] not in TERMINAL and row["due_at"] is None:
            yield f"job {row['id']} is {row['status']} without a due time"


def within_the_limit(evidence: Evidence, allowed: Allowed) -> Iterator[str]:
    """I5: no second had more requests than the account allows."""
    if evidence.rate_limit is not None:
        most = _busiest_second(evidence)
        if most > evidence.rate_limit:
            yield f"{most} requests in one second, {evidence.rate_limit} are allowed"


def _busiest_second(evidence: Evidence) -> int:
    return busiest((entry["clock"] for entry in evidence.requests), 1.0)


def billed(evidence: Evidence, allowed: Allowed) -> Iterator[str]:
    """I6: the rows hold the service's bill, to the last digit; uncertain jobs apart."""
    ours = theirs = Decimal(0)
    for row in evidence.remote:
        there = evidence.by_public_id.get(row["public_id"] or "")
        if row["status"] not in TERMINAL or there is None or allowed.is_own_failure(row):
            continue
        cost = Decimal(str(there["ending"]["cost"] or 0))
        ours, theirs = ours + (row["cost"] or 0), theirs + cost
        if row["cost"] != cost and row["status"] == "success":
            yield f"job {row['id']} cost {row['cost']} here and {cost} at the service"
    if ours != theirs:
        yield f"the rows cost {ours}, the service bills {theirs} for them"


def no_long_transaction(evidence: Evidence, allowed: Allowed) -> Iterator[str]:
    """I7: no transaction is open while somebody waits for the service."""
    if evidence.longest_transaction > allowed.longest_transaction:
        yield f"a transaction sat idle for {evidence.longest_transaction:.1f} s"


def no_secret(evidence: Evidence, allowed: Allowed) -> Iterator[str]:
    """I9: the account's key stands nowhere."""
    for place, text in evidence.written.items():
        if evidence.secret.encode() in text:
            yield f"the key of the account stands in {place}"


_CHECKS: dict[str, Callable[[Evidence, Allowed], Iterator[str]]] = {
    "I1 one end": one_end,
    "I1 the service's end": as_the_service_says,
    "I2 paid once": paid_once,
    "I2 uncertain": uncertain_for_a_reason,
    "I3 told": told,
    "I4 due": due,
    "I5 limit": within_the_limit,
    "I6 bill": billed,
    "I7 transactions": no_long_transaction,
    "I9 secrets": no_secret,
}


def _serial(body: dict[str, Any]) -> int:
    """What the test calls the job, in a row or in a request."""
    return int((body["provider_params"] or {})["serial"])
