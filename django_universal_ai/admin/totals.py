"""What the jobs of a list come to: how many, what they cost, how well and how fast they went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet

from ..models import Status, UniversalAIJob
from . import wording

#: Jobs that are counted and added up, the newest; the list ends there, too. Reading more takes a
#: person's time at each page.
MOST = 10_000
#: Subtracted by the database: ten thousand durations are read in a tenth of the time that twice as
#: many moments take.
_TOOK = ExpressionWrapper(F("finished_at") - F("requested_at"), output_field=DurationField())


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the newest jobs of a list."""

    jobs: int = 0
    #: Whether there are older jobs that aren't counted.
    is_cut: bool = False
    succeeded: int = 0
    failed: int = 0
    credits: Decimal = Decimal(0)
    #: Durations of the jobs that ended, the shortest first.
    durations: Sequence[timedelta] = ()

    @property
    def cost(self) -> str:
        return wording.cost(self.credits)

    @property
    def success_rate(self) -> str:
        """Of the jobs that ended, in percent; empty where none did."""
        ended = self.succeeded + self.failed
        return wording.percent(self.succeeded / ended) if ended else ""

    @property
    def p50(self) -> str:
        return self._quantile(50)

    @property
    def p95(self) -> str:
        return self._quantile(95)

    def _quantile(self, percent: int) -> str:
        """The shortest duration that so many percent of the jobs don't exceed."""
        if not self.durations:
            return ""
        rank = -(-len(self.durations) * percent // 100)  # the ceiling
        return wording.duration(self.durations[rank - 1])


def totals(jobs: QuerySet[UniversalAIJob]) -> Totals:
    """Add up the newest :data:`MOST` of the jobs. One query, which an index answers in order."""
    newest = list(jobs.order_by("-requested_at").values_list("status", "cost", _TOOK)[: MOST + 1])
    counted = newest[:MOST]
    states = [status for status, _cost, _took in counted]
    return Totals(
        jobs=len(counted),
        is_cut=len(newest) > MOST,
        succeeded=states.count(Status.SUCCESS),
        failed=states.count(Status.FAIL),
        credits=sum((cost for _status, cost, _took in counted if cost), Decimal(0)),
        durations=sorted(took for _status, _cost, took in counted if took is not None),
    )


if TYPE_CHECKING:
    _Paginator = Paginator[UniversalAIJob]
else:
    _Paginator = Paginator


class NewestPaginator(_Paginator):
    """Pages of no more than the newest :data:`MOST` jobs: nobody counts a million of them."""

    object_list: QuerySet[UniversalAIJob]

    @cached_property
    def totals(self) -> Totals:
        return totals(self.object_list)

    @cached_property
    def count(self) -> int:
        return self.totals.jobs
