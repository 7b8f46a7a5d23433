"""Acting on webhooks: believed where they are signed, checked at the service where they aren't.

A signature proves who sent a webhook, not that the job is ours: one key pair signs for every
customer. So only a ``public_id`` that a row of ours has, or the secret token that went out with a
submission, gives it any effect.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import compress
from typing import Any

from django.db import Error, models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from pydantic import ValidationError

from .. import jobs, telemetry, waking
from ..contract import JobResponse, JobStatus, WebhookEvent
from ..exceptions import BackendError, JobConflict, NotFound
from ..models import ReceiptState, Signature, Status, UniversalAIJob, WebhookReceipt
from ..models.database import NOW, claim, from_now, retrying
from ..models.statements import Update, update_rows
from . import cadence

logger = logging.getLogger("django_universal_ai")

#: Webhooks of one round.
BATCH = 100
#: Seconds that one webhook may take before another process begins it anew.
CLAIM = 120.0
#: How long a signed webhook waits for its job: the 202 may be stored after it, never hours after.
PATIENCE = timedelta(hours=1)
#: How long one of ours is tried while the service can't be asked; results live no longer.
ENDURANCE = timedelta(days=7)
#: Unsigned webhooks about one job that come faster than this are one: each costs a request.
HINT_PAUSE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a webhook, and why. ``again_in``: seconds until the next attempt."""

    state: ReceiptState
    reason: str
    job: UniversalAIJob | None = None
    again_in: float | None = None
    keep_body: bool = False


def has_due() -> bool:
    """Whether a webhook waits to be acted on."""
    return _due().exists()


def apply_due(stop_at: float) -> int:
    """Act on the webhooks that are due, oldest first. Returns how many concerned a job of ours."""
    moved = 0
    while time.monotonic() < stop_at:
        batch = claim(_due().order_by("due_at"), BATCH, **_claimed())
        if not batch:
            break
        moved += _apply_all(batch, stop_at)
    return moved


def apply_results() -> int:
    """Store the results of signed webhooks that came in, and leave the others as they are.

    No request is made and no signal sent, so it may be done in the midst of anything.
    """
    # Of jobs that aren't known yet it's left alone: each attempt makes the next pause longer.
    known = UniversalAIJob.objects.unfinished().filter(public_id=OuterRef("public_id"))
    results = _due().filter(Exists(known), attempts=0, signature=Signature.VALID)
    moved = 0
    while batch := results.exists() and claim(results.order_by("due_at"), BATCH, **_claimed()):
        rest = _store_results(batch)
        _give_back(rest)
        moved += len(batch) - len(rest)
        if len(batch) < BATCH:
            break
    return moved


def apply_receipt(pk: int) -> UniversalAIJob | None:
    """Act on one webhook if it is due; the job that it settled or touched."""
    batch = claim(_due().filter(pk=pk), 1, **_claimed())
    return _apply(batch[0]) if batch else None


def _due() -> models.QuerySet[WebhookReceipt]:
    return WebhookReceipt.objects.filter(due_at__lte=NOW)


def _claimed() -> dict[str, Any]:
    return {"due_at": from_now(CLAIM), "attempts": F("attempts") + 1}


def _apply_all(batch: list[WebhookReceipt], stop_at: float) -> int:
    """Results of jobs that are known go into their rows together; the rest is done singly."""
    rest = _store_results(batch)
    moved = len(batch) - len(rest)
    for pk, receipt in list(rest.items()):
        if time.monotonic() >= stop_at:
            break
        moved += _apply(receipt) is not None
        del rest[pk]
    _give_back(rest)
    return moved


def _give_back(receipts: Collection[int]) -> None:
    """There was no time for these."""
    WebhookReceipt.objects.filter(pk__in=receipts, due_at__gt=NOW).update(due_at=NOW)


def _store_results(batch: list[WebhookReceipt]) -> dict[int, WebhookReceipt]:
    """Store those that are the result of a job that is known; the others, by their keys."""
    known: dict[str, list[UniversalAIJob]] = defaultdict(list)
    ids = {receipt.public_id for receipt in batch}
    for job in UniversalAIJob.objects.unfinished().filter(public_id__in=ids).lean():
        known[job.public_id or ""].append(job)
    results: list[tuple[WebhookReceipt, UniversalAIJob]] = []
    steps: list[jobs.Step] = []
    for receipt in batch:
        mine = [job for job in known[receipt.public_id] if job.backend in receipt.backends]
        response = _response(receipt)
        if mine and response is not None and _is_end(mine[0], response):
            results.append((receipt, mine[0]))
            steps.append(partial(_end, mine[0], response))
    won = jobs.together(steps, then=partial(_settle_all, results))
    ended = {receipt.pk for receipt, _ in compress(results, won)}
    return {receipt.pk: receipt for receipt in batch if receipt.pk not in ended}


def _end(job: UniversalAIJob, response: JobResponse) -> jobs.Won:
    with telemetry.span("webhook", job):
        return jobs.observe(job, response, look_in=0, unasked=True)


@retrying
def _settle_all(results: list[tuple[WebhookReceipt, UniversalAIJob]], won: list[bool]) -> None:
    """The webhooks whose jobs ended with them, in the same transaction."""
    update_rows(
        [
            _settlement(receipt, Outcome(ReceiptState.APPLIED, "The job ended with it.", job))
            for receipt, job in compress(results, won)
        ]
    )


def _apply(receipt: WebhookReceipt) -> UniversalAIJob | None:
    receipt.attempts += 1  # the claim counted it
    try:
        outcome = _decide(receipt)
    except Error:
        raise
    except Exception as error:  # it must say why it waits
        logger.exception("webhook %s: it couldn't be worked on", receipt.pk)
        outcome = _later(receipt, None, f"{type(error).__name__}: {error}")
    _settle(receipt, outcome)
    return outcome.job if outcome.again_in is None else None


@retrying
def _settle(receipt: WebhookReceipt, outcome: Outcome) -> None:
    update_rows([_settlement(receipt, outcome)])


def _settlement(receipt: WebhookReceipt, outcome: Outcome) -> Update:
    waits = outcome.again_in is not None
    changes = {
        "state": outcome.state,
        "reason": _storable(outcome.reason)[:500],
        "job": outcome.job and outcome.job.pk,
        "due_at": None if outcome.again_in is None else from_now(outcome.again_in),
        # The row has the result now; what isn't ours is none of our business.
        "body": receipt.body if waits or outcome.keep_body else "",
    }
    return Update(_webhooks, receipt.pk, Q(), changes)


def _webhooks() -> models.QuerySet[WebhookReceipt]:
    return WebhookReceipt.objects.all()


def _storable(text: str) -> str:
    """Without what a database refuses: services were seen to put anything into a name."""
    return text.encode(errors="replace").decode().replace("\x00", "")


def _decide(receipt: WebhookReceipt) -> Outcome:
    mine = UniversalAIJob.objects.filter(backend__in=receipt.backends).lean()
    known = mine.filter(public_id=receipt.public_id)
    if job := known.order_by(F("finished_at").asc(nulls_first=True)).first():
        with telemetry.span("webhook", job):
            return _heed(receipt, job)
    if job := _by_token(receipt):
        with telemetry.span("webhook", job):
            return _adopt(receipt, job)
    if receipt.signature == Signature.VALID and _age(receipt) < PATIENCE:
        pause = min(3600.0, 2.0 * 2**receipt.attempts)
        return Outcome(ReceiptState.WAITING, "No job here has this id yet.", again_in=pause)
    return Outcome(ReceiptState.IGNORED, "Not our job: neither its id nor its token is known here.")


def _by_token(receipt: WebhookReceipt) -> UniversalAIJob | None:
    """The job that was sent with this token and whose id isn't known yet."""
    if not receipt.token_hash:
        return None
    unanswered = UniversalAIJob.objects.filter(
        backend__in=receipt.backends,
        status__in=(Status.SUBMITTING, Status.UNCERTAIN),
        token_hash=receipt.token_hash,
    )
    job = unanswered.first()
    if job and hmac.compare_digest(job.token_hash, receipt.token_hash):
        return job
    return None


# ---------------------------------------------------------------------------- a job that we know


def _heed(receipt: WebhookReceipt, job: UniversalAIJob) -> Outcome:
    response = _response(receipt)
    if job.is_finished:
        return _after_the_end(job, response)
    if response is None or not _is_end(job, response):
        return _look_soon(receipt, job)
    if jobs.observe(job, response, look_in=0, unasked=True):
        return Outcome(ReceiptState.APPLIED, "The job ended with it.", job)
    job.refresh_from_db()
    return _after_the_end(job, response)  # a poll was faster


def _response(receipt: WebhookReceipt) -> JobResponse | None:
    """What a signed webhook says; ``None`` for what can't be believed or read."""
    if receipt.signature != Signature.VALID or not receipt.body:
        return None
    try:
        return WebhookEvent.model_validate_json(receipt.body).to_response()
    except ValidationError:
        logger.warning("webhook %s is signed but unreadable; asking the service", receipt.pk)
        return None


def _is_end(job: UniversalAIJob, response: JobResponse) -> bool:
    """Whether it may end the job as it is.

    A failure that a fallback follows is asked for: a webhook has no cost, and what was paid has to
    be known before the id of it is gone.
    """
    has_failed = response.status == JobStatus.FAIL
    return response.is_terminal and not (has_failed and jobs.has_fallback(job))


def _after_the_end(job: UniversalAIJob, response: JobResponse | None) -> Outcome:
    contradicts = response is not None and response.is_terminal and response.status != job.status
    if contradicts:
        reason = f"The job ended in {job.status}; a webhook that says otherwise changes nothing."
        logger.warning("job %s: a signed webhook contradicts its end", job.pk)
    else:
        reason = f"The job had already ended in {job.status}."
    return Outcome(ReceiptState.IGNORED, reason, job, keep_body=contradicts)


def _look_soon(receipt: WebhookReceipt, job: UniversalAIJob) -> Outcome:
    """A hint: our own GET is due at once, and that is all."""
    recently = timezone.now() - HINT_PAUSE
    earlier = WebhookReceipt.objects.filter(
        job=job, state=ReceiptState.APPLIED, received_at__gt=recently
    )
    if earlier.exclude(pk=receipt.pk).exists():
        return Outcome(ReceiptState.IGNORED, "The service was asked a moment ago.", job)
    jobs.postpone([job.pk], seconds=0)
    waking.advance()
    return Outcome(ReceiptState.APPLIED, "The service is asked for the job now.", job)


# ---------------------------------------------------------------------------- a job without an id


def _adopt(receipt: WebhookReceipt, job: UniversalAIJob) -> Outcome:
    """The token says that it is ours; the service must say so, too, to our own key."""
    try:
        won = jobs.adopt_id(job, receipt.public_id)
    except JobConflict as error:
        return Outcome(ReceiptState.IGNORED, str(error), job)
    except NotFound as error:
        if _age(receipt) > PATIENCE:
            reason = f"Our account has no such job at the service: {error}"
            return Outcome(ReceiptState.IGNORED, reason, job)
        return _later(receipt, job, str(error))
    except BackendError as error:
        return _later(receipt, job, str(error))
    if won:
        return Outcome(ReceiptState.APPLIED, "The job got its id by it.", job)
    return _later(receipt, job, "The job was just resolved otherwise.")


def _later(receipt: WebhookReceipt, job: UniversalAIJob | None, reason: str) -> Outcome:
    if _age(receipt) > ENDURANCE:
        return Outcome(ReceiptState.IGNORED, f"Given up: {reason}", job)
    pause = cadence.retry_pause(receipt.attempts)
    return Outcome(ReceiptState.PENDING, reason, job, again_in=pause)


def _age(receipt: WebhookReceipt) -> timedelta:
    return timezone.now() - receipt.received_at
