"""Where things stand now: jobs that haven't ended, signals that nobody took."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Min
from django.utils import timezone

from ...models import JobEvent, Status, UniversalAIJob
from ...models.job import RISKY_AFTER, UNFINISHED
from ..filters import at_risk
from .ranges import Range


@dataclass(slots=True)
class Standing:
    """Counts of unfinished jobs, and what waits for a person."""

    #: Jobs by state.
    states: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(UNFINISHED, 0))
    #: Unfinished jobs by the slot in which they were asked for.
    asked: dict[int, int] = field(default_factory=dict)
    at_risk: int = 0
    #: The job that waits for longest to be sent.
    oldest: UniversalAIJob | None = None
    #: Signals that a receiver never took.
    dead: int = 0


def standing(shown: Range) -> Standing:
    """Four queries, each answered by an index; what has ended isn't read."""
    now = Standing()
    waits_since: datetime | None = None
    unfinished = UniversalAIJob.objects.filter(status__in=UNFINISHED)
    rows = (
        unfinished.annotate(slot=shown.slot_of("requested_at"))
        .values_list("status", "slot")
        .annotate(Count("pk"), Min("requested_at"))
        .order_by()
    )
    for status, slot, count, since in rows:
        now.states[Status(status)] += count
        now.asked[slot] = now.asked.get(slot, 0) + count
        if status == Status.PENDING:
            waits_since = min(since, waits_since or since)
    now.oldest = _waiting_since(waits_since) if waits_since else None
    # Nothing is at risk before it was asked for long ago: most needn't be looked at.
    old = unfinished.filter(requested_at__lte=timezone.now() - RISKY_AFTER)
    now.at_risk = old.filter(at_risk()).count()
    now.dead = JobEvent.objects.dead().count()
    return now


def _waiting_since(moment: datetime) -> UniversalAIJob | None:
    # By its very moment: the first by order would be looked for among all that ended.
    waiting = UniversalAIJob.objects.pending().filter(requested_at=moment).order_by()
    return waiting.only("requested_at", "requested_model", "note").first()
