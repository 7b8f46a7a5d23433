"""Durations, money and badges, as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..contract import format_cost
from ..models import Status, UniversalAIJob

#: An icon and a tone (a CSS class) for each status: never the colour alone.
LOOKS: dict[str, tuple[str, str]] = {
    Status.PENDING: ("◷", "quiet"),
    Status.SUBMITTING: ("➜", "busy"),
    Status.UNCERTAIN: ("?", "warning"),
    Status.PROCESSING: ("⟳", "busy"),
    Status.SUCCESS: ("✓", "good"),
    Status.FAIL: ("✕", "bad"),
}


def status_badge(job: UniversalAIJob) -> SafeString:
    """The job's status as a coloured word with an icon."""
    icon, tone = LOOKS[job.status]
    return badge(icon, tone, job.get_status_display())


def risk_badge() -> SafeString:
    """Marks a job whose result the service may delete before it is here."""
    return badge("⚠", "bad", _("at risk"))


def slow_badge() -> SafeString:
    """Marks a job that runs for longer than nearly all of its kind."""
    return badge("◔", "warning", _("slow"))


def badge(icon: str, tone: str, words: str) -> SafeString:
    """A coloured word with an icon; ``tone`` is good, bad, warning, busy or quiet."""
    return format_html(
        '<span class="uai-badge uai-{}"><span aria-hidden="true">{}</span> {}</span>',
        tone,
        icon,
        words,
    )


def duration(delta: timedelta) -> str:
    """A duration with two units at most: "0.42 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"."""
    seconds = max(0.0, delta.total_seconds())
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": f"{round(seconds, 2):.3g}"}
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    days, hours = divmod(hours, 24)
    return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}


def age(at: datetime) -> str:
    """How long ago, in one unit: "42 s", "3 min", "5 h", "12 d"."""
    seconds = max(0, int((timezone.now() - at).total_seconds()))
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": seconds}
    if seconds < 3600:
        return _("%(minutes)d min") % {"minutes": seconds // 60}
    if seconds < 86400:
        return _("%(hours)d h") % {"hours": seconds // 3600}
    return _("%(days)d d") % {"days": seconds // 86400}


def cost(amount: Decimal | None) -> str:
    """Credits as the service writes them; the zeros that only the column adds are left out."""
    return "" if amount is None else format_cost(amount.normalize())


def total(jobs: Iterable[UniversalAIJob]) -> tuple[str, int]:
    """What the jobs cost together, empty where nothing is known, and of how many it isn't."""
    costs = [job.known_cost for job in jobs]
    known = [amount for amount in costs if amount is not None]
    return cost(sum(known, Decimal(0))) if known else "", len(costs) - len(known)


def percent(share: float) -> str:
    """A share, 0 to 1: "97.5 %". All and nothing are told only where they are exactly that."""
    shown = 100 * (share if share in (0, 1) else min(0.999, max(0.001, share)))
    return _("%(percent)s %%") % {"percent": f"{shown:.1f}".removesuffix(".0")}


def moment(at: datetime) -> str:
    """A moment to the second, in the current time zone."""
    return date_format(timezone.localtime(at), "Y-m-d H:i:s")
