"""What the jobs of an account cost this month, and a stop before they cost too much.

Work that ended counts with its cost. Work that hasn't counts with what the price table sets aside
for it, so that several uploads at the same time can't spend the same credits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import date_format

from django_universal_ai import jobs
from django_universal_ai.contract import format_cost, parse_cost
from django_universal_ai.models import TERMINAL, Status, UniversalAIJob

from .models import Purse

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from django_universal_ai.models.managers import JobQuerySet

#: Decimals that are told apart: SQLite has no decimals and adds up with tiny errors.
DIGITS = 9


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an account stands this month, in credits."""

    month: date
    budget: Decimal
    spent: Decimal
    set_aside: Decimal
    """For jobs that haven't ended."""

    @property
    def used(self) -> Decimal:
        return self.spent + self.set_aside

    @property
    def left(self) -> Decimal:
        return max(self.budget - self.used, Decimal(0))

    @property
    def next_month(self) -> date:
        return (self.month.replace(day=28) + timedelta(days=4)).replace(day=1)


class BudgetSpent(ValidationError):
    """The month's budget doesn't allow one more job; the message is for whoever asked for it."""


def monthly_budget() -> Decimal:
    """What everybody may spend a month. Raises ``ValueError`` where the setting is no number."""
    return parse_cost(settings.MONTHLY_BUDGET)


def jobs_of(user: User | None) -> JobQuerySet:
    """This month's jobs of an account; where ``user`` is ``None``, all that have no owner."""
    start = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return UniversalAIJob.objects.filter(owner=user, requested_at__gte=start)


def standing(user: User | None) -> Standing:
    """Where an account stands. Three queries."""
    return _reckon(user, Purse.objects.of(user).first())


def check(job: UniversalAIJob) -> None:
    """Raise :class:`BudgetSpent` where this new job is beyond its owner's budget.

    To be called in the transaction that makes the job, after its row was saved: the error undoes
    it. Uploads of one account wait for each other here, and for nobody else.
    """
    user = job.owner
    # First the lock, then the sum: what others added in the meantime is in it.
    now = _reckon(user, Purse.objects.lock(user))
    wanted = jobs.reserve_of(job)
    if now.used > now.budget or now.used - wanted >= now.budget:
        raise BudgetSpent({"budget": [_refusal(user, now, wanted)]})


def _reckon(user: User | None, purse: Purse | None) -> Standing:
    mine = jobs_of(user)
    # What is at work says that it costs 0, until it has ended.
    spent = mine.finished().aggregate(sum=Sum("cost"))["sum"] or Decimal(0)
    open_jobs = mine.exclude(status__in=TERMINAL) | mine.filter(status=Status.SUCCESS, cost=None)
    fields = ("requested_model", "backend", "spent")
    set_aside = sum(
        (jobs.reserve_of(job) + job.spent for job in open_jobs.only(*fields)), Decimal(0)
    )
    return Standing(
        month=timezone.localdate().replace(day=1),
        budget=monthly_budget() if purse is None or purse.budget is None else purse.budget,
        spent=round(spent, DIGITS),
        set_aside=round(set_aside, DIGITS),
    )


def _refusal(user: User | None, now: Standing, wanted: Decimal) -> str:
    whose = "Your budget" if user else "The budget that visitors without an account share"
    others = max(now.used - wanted, Decimal(0))
    needs = f", and this one needs {format_cost(wanted)}" if wanted else ""
    way_out = (
        f"It begins anew on {date_format(now.next_month, 'j F')}."
        if user
        else "Sign up to have one of your own."
    )
    return (
        f"{whose} of {format_cost(now.budget)} credits for {date_format(now.month, 'F')} doesn't "
        f"allow it: {format_cost(others)} are used{needs}. {way_out}"
    )
