"""Where a token stands: jobs in flight, and credits of the day and the month.

A new job takes its place by one conditional ``UPDATE`` of the token's :class:`TokenMeter`, last in
the transaction that makes the job, so that its lock is short. Requests at the same time wait for
each other there and nowhere else, and no two of them get the same last place.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, Sum, When
from django.utils import timezone

from ..contract import format_cost
from ..models.database import atomic, retrying
from .models import ApiJob, Counted, DailyUsage, Token, TokenMeter
from .refusals import Changing, OutOfCredits, Refusal, TooMany

#: Databases without decimals (SQLite) add up with tiny errors: credits below this don't count.
GRAIN = Decimal("0.000000001")
#: Seconds after which a token with too many jobs in flight may ask again.
SOON = 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What a token has in flight and has spent, with what is set aside for jobs in flight."""

    day: datetime.date
    in_flight: int
    day_spent: Decimal
    month_spent: Decimal

    @property
    def month(self) -> datetime.date:
        return self.day.replace(day=1)


def today() -> datetime.date:
    """The day by which all count, wherever they are: UTC's."""
    return timezone.now().astimezone(datetime.UTC).date()


def take(token: Token, reserved: Decimal, day: datetime.date) -> None:
    """Take a job's place within the limits. One query; raises :class:`Refusal` over them.

    To be called in the transaction that makes the job.
    """
    room = Q()
    if token.most_in_flight is not None:
        room &= Q(in_flight__lt=token.most_in_flight)
    room &= _room("day", day, token.credits_per_day, reserved)
    room &= _room("month", day.replace(day=1), token.credits_per_month, reserved)
    # Sums before their dates: MariaDB goes by the new values from left to right.
    taken = TokenMeter.objects.filter(room, token=token.pk).update(
        in_flight=F("in_flight") + 1,
        day_spent=_plus("day", day, reserved),
        month_spent=_plus("month", day.replace(day=1), reserved),
        day=day,
        month=day.replace(day=1),
    )
    if not taken:
        raise _refusal(token, reserved, day)


def _most(limit: Decimal, reserved: Decimal) -> Decimal:
    """What may have been spent before: something must be left, and enough for this job."""
    return limit - max(reserved - GRAIN, GRAIN)


def _room(period: str, start: datetime.date, limit: Decimal | None, reserved: Decimal) -> Q:
    if limit is None:
        return Q()
    most = _most(limit, reserved)
    fits = Q(**{period: start, f"{period}_spent__lte": most})
    other = Q(**{f"{period}__isnull": True}) | ~Q(**{period: start})
    return fits | other if most >= 0 else fits


def _plus(period: str, start: datetime.date, reserved: Decimal) -> Any:
    return Case(When(**{period: start}, then=F(f"{period}_spent")), default=Decimal(0)) + reserved


def _refusal(token: Token, reserved: Decimal, day: datetime.date) -> Refusal:
    """Why there is no place, in words."""
    meter = TokenMeter.objects.filter(token=token.pk).first()
    if meter is None:
        return Changing("This token's jobs weren't counted yet; try again.", SOON)
    month = day.replace(day=1)
    budgets = (
        (token.credits_per_month, meter.month_spent, meter.month == month, "month"),
        (token.credits_per_day, meter.day_spent, meter.day == day, "day"),
    )
    for limit, counted, is_now, period in budgets:
        spent = counted if is_now else Decimal(0)
        if limit is not None and spent > _most(limit, reserved):
            return OutOfCredits(
                f"Insufficient credits: of the {format_cost(limit)} credits that this token may "
                f"spend per {period} (UTC), {format_cost(spent)} are spent or set aside for jobs "
                f"that haven't ended{_for_this(reserved)}."
            )
    if token.most_in_flight is not None and meter.in_flight >= token.most_in_flight:
        return TooMany(
            f"Too many jobs in flight: this token may have {token.most_in_flight} that haven't "
            "ended.",
            SOON,
        )
    return Changing("Other jobs of this token ended just now; try again.", SOON)


def _for_this(reserved: Decimal) -> str:
    return f"; this one needs {format_cost(reserved)}" if reserved else ""


def standing(token: Token, day: datetime.date | None = None) -> Standing:
    """What the rows say of a token. Two queries, of what isn't counted yet and of this month."""
    day = day or today()
    month = day.replace(day=1)
    waiting = ApiJob.objects.filter(
        token=token.pk, counted__in=(Counted.OPEN, Counted.UNPRICED)
    ).aggregate(
        in_flight=Count("pk", filter=Q(counted=Counted.OPEN)),
        of_day=Sum("reserved", filter=Q(day=day)),
        of_month=Sum("reserved", filter=Q(day__gte=month)),
    )
    spent = DailyUsage.objects.filter(token=token.pk, day__gte=month).aggregate(
        of_day=Sum("cost", filter=Q(day=day)), of_month=Sum("cost")
    )
    return Standing(
        day=day,
        in_flight=waiting["in_flight"],
        day_spent=(waiting["of_day"] or Decimal(0)) + (spent["of_day"] or Decimal(0)),
        month_spent=(waiting["of_month"] or Decimal(0)) + (spent["of_month"] or Decimal(0)),
    )


@retrying
def recount(token: Token) -> bool:
    """Make the meter say what the rows say. Says whether that was news."""
    with atomic():
        meter, is_new = TokenMeter.objects.select_for_update().get_or_create(token_id=token.pk)
        # After the lock: whoever takes a place in the meantime waits, and adds to this.
        now = standing(token)
        before = meter.in_flight, meter.day, meter.day_spent, meter.month_spent
        if not is_new and before == (now.in_flight, now.day, now.day_spent, now.month_spent):
            return False
        TokenMeter.objects.filter(token=token.pk).update(
            in_flight=now.in_flight,
            day_spent=now.day_spent,
            month_spent=now.month_spent,
            day=now.day,
            month=now.month,
        )
    return True
