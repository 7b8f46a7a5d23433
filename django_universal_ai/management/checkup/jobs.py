"""Jobs that want a person, and signals that nobody took."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count
from django.utils import timezone
from django.utils.timesince import timesince

from ...backends import backends
from ...models import JobEvent, Status, UniversalAIJob
from ...models.job import RISKY_AFTER
from .line import Line, Mark


def lines() -> Iterator[Line]:
    uncertain = UniversalAIJob.objects.uncertain().count()
    if uncertain:
        way_out = "Look at them in the admin, or adopt, give-up."
        yield Line(Mark.LOOK, "jobs", f"{uncertain} uncertain", way_out)
    else:
        yield Line(Mark.OK, "jobs", "none is uncertain")
    yield from _oldest()
    yield from _at_risk()
    yield from _orphans()
    dead = JobEvent.objects.dead().count()
    if dead:
        way_out = "Mend the receiver and deliver again in the admin."
        yield Line(Mark.LOOK, "signals", f"{dead} given up", way_out)
    else:
        yield Line(Mark.OK, "signals", "none is given up")


def _oldest() -> Iterator[Line]:
    waiting = UniversalAIJob.objects.unfinished()
    since = waiting.order_by("requested_at").values_list("requested_at", flat=True).first()
    if since:
        said = f"{waiting.count()} haven't ended, the oldest is {timesince(since)} old"
        yield Line(Mark.OK, "jobs", said)


def _at_risk() -> Iterator[Line]:
    old = UniversalAIJob.objects.filter(
        status=Status.PROCESSING, submitted_at__lte=timezone.now() - RISKY_AFTER
    ).count()
    if old:
        said = f"{old} at work for more than {RISKY_AFTER.days} days"
        way_out = "The service keeps results for seven: refresh them in the admin."
        yield Line(Mark.LOOK, "jobs", said, way_out)


def _orphans() -> Iterator[Line]:
    lost = UniversalAIJob.objects.unfinished().exclude(backend__in=backends.aliases())
    for alias, count in lost.values_list("backend").annotate(Count("pk")).order_by("backend"):
        said = f"{count} wait for {alias!r}, which settings.UNIVERSAL_AI doesn't have"
        way_out = "Configure it again, or resubmit them with --using."
        yield Line(Mark.LOOK, "jobs", said, way_out)
