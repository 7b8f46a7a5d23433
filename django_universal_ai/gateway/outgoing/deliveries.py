"""The rows of outgoing webhooks: made when a job ends, claimed, settled, sent once more."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from ... import waking
from ...exceptions import AddressRefused
from ...models import UniversalAIJob
from ...models.database import NOW, claim, from_now, on_commit, retrying
from ...outward.target import parse
from ..models import DeletedJob, DeliveryKind, DeliveryState, WebhookDelivery
from .sending import SECONDS, Outcome

#: The receiver's origin, and the owner of the job.
Whose: TypeAlias = tuple[str, Any]

TASK = "django_universal_ai.gateway.tasks.post_webhooks"
#: Seconds for which a delivery is ours; should this process be killed, another makes it then.
CLAIM = SECONDS + 15.0
#: Seconds until a try is repeated that failed, at most; half of it is jitter.
PAUSES = (5.0, 15.0, 30.0)
#: Tries of which nobody said how they went, their processes having been lost.
MOST_LOST = 8
#: Rows that are looked at to find some whose receivers aren't busy.
_SEEN = 200


def note_end(job: UniversalAIJob, event_id: uuid.UUID, **kwargs: Any) -> None:
    """Receiver of the signals of a job's end: from here on its webhook is due.

    Signals come at least once and carry an id; the row is made once.
    """
    if not job.relays_webhook or not job.webhook_receiver:
        return
    if DeletedJob.objects.filter(job=job.pk).exists():
        return  # its client doesn't want to hear of it any more
    _make(job, event_id)
    on_commit(_rouse)


@retrying
def _make(job: UniversalAIJob, event_id: uuid.UUID) -> None:
    WebhookDelivery.objects.get_or_create(
        event_id=event_id,
        defaults={"job": job, "origin": _origin(job.webhook_receiver or ""), "due_at": NOW},
    )


def _rouse() -> None:
    waking.rouse(TASK)


def _origin(url: str) -> str:
    try:
        return parse(url).origin[:300]
    except AddressRefused:  # the settings have changed since it was asked for
        return (urlsplit(url).hostname or "")[:300]


def due() -> QuerySet[WebhookDelivery]:
    """What may be sent now, by the database's clock."""
    return WebhookDelivery.objects.filter(due_at__lte=NOW)


@retrying
def claim_due(
    limit: int, *, at_work: Iterable[Whose] = (), per_origin: int, per_owner: int
) -> list[tuple[WebhookDelivery, Whose]]:
    """Take up to ``limit`` deliveries, and of one receiver and one owner no more than these.

    ``at_work`` tells whose are under way already.
    """
    _give_up_lost()
    origins, owners = Counter[str](), Counter[Any]()
    for origin, owner in at_work:
        origins[origin] += 1
        owners[owner] += 1
    chosen: dict[uuid.UUID, Whose] = {}
    may_be_more = True
    while may_be_more and len(chosen) < limit:
        # Without those that have as many as they may: the burst of one hides nobody else's.
        rows = _but(_at_least(per_origin, origins), _at_least(per_owner, owners))
        seen = rows.exclude(pk__in=list(chosen)).values_list("pk", "origin", "job__owner")[:_SEEN]
        for pk, origin, owner in seen:
            has_room = origins[origin] < per_origin and owners[owner] < per_owner
            if has_room and len(chosen) < limit:
                origins[origin] += 1
                owners[owner] += 1
                chosen[pk] = origin, owner
        may_be_more = len(seen) == _SEEN
    return [(delivery, chosen[delivery.pk]) for delivery in _claim(chosen)]


def _at_least(number: int, counts: Counter[Any]) -> list[Any]:
    return [name for name, count in counts.items() if count >= number]


def _but(origins: list[str], owners: list[Any]) -> QuerySet[WebhookDelivery]:
    """What is due of all others, the oldest first."""
    rows = due().exclude(origin__in=origins)
    if None in owners:
        rows = rows.filter(job__owner__isnull=False)
    named = [owner for owner in owners if owner is not None]
    return rows.exclude(job__owner__in=named).order_by("due_at")


def _claim(chosen: Collection[uuid.UUID]) -> list[WebhookDelivery]:
    if not chosen:
        return []
    lease = uuid.uuid4()
    taken = claim(
        due().filter(pk__in=chosen),
        len(chosen),
        due_at=from_now(CLAIM),
        lease=lease,
        attempts=F("attempts") + 1,
    )
    for delivery in taken:
        delivery.lease = lease
    return taken


def _give_up_lost() -> None:
    hopeless = due().filter(attempts__gte=F("failures") + MOST_LOST)
    hopeless.update(
        state=DeliveryState.FAILED,
        due_at=None,
        lease=None,
        error=f"Its worker was lost {MOST_LOST} times while it was sent.",
    )


@retrying
def settle(delivery: WebhookDelivery, outcome: Outcome) -> bool:
    """Write down how a try went. ``False`` where the delivery isn't ours any more."""
    state = outcome.state
    failures = delivery.failures + (state != DeliveryState.DELIVERED)
    changes: dict[str, Any] = {"due_at": None}
    if state == DeliveryState.DUE:
        if failures > len(PAUSES):
            state = DeliveryState.FAILED
        else:
            jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
            changes["due_at"] = from_now(PAUSES[failures - 1] * jitter)
    if state == DeliveryState.DELIVERED:
        changes["delivered_at"] = timezone.now()
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, lease=delivery.lease)
    return bool(
        mine.update(
            state=state,
            lease=None,
            failures=failures,
            status_code=outcome.status_code,
            answer=outcome.answer,
            error=outcome.error[:500],
            seconds=outcome.seconds,
            **changes,
        )
    )


def deliver_again(delivery: WebhookDelivery) -> bool:
    """Begin anew with a webhook, however it went. ``False`` where it is being sent right now."""
    row = WebhookDelivery.objects.filter(~Q(state=DeliveryState.DUE) | Q(lease=None))
    changed = row.filter(pk=delivery.pk).update(
        state=DeliveryState.DUE, due_at=NOW, lease=None, attempts=0, failures=0, error=""
    )
    on_commit(_rouse)
    return bool(changed)


def send_test(delivery: WebhookDelivery) -> WebhookDelivery:
    """Post to the same receiver once more, as a test: the same body, but for its ``event``."""
    made = WebhookDelivery.objects.create(
        job_id=delivery.job_id,
        kind=DeliveryKind.TEST,
        origin=delivery.origin,
        due_at=NOW,
    )
    on_commit(_rouse)
    return made
