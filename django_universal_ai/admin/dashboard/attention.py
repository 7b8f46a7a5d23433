"""What needs a person, each with the list that shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.admin import AdminSite
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...models import Status
from ..links import jobs_url
from .accounts import Line
from .standing import Standing


@dataclass(frozen=True, slots=True)
class Need:
    """One sentence, and where to go."""

    words: str
    tone: str
    url: str = ""


def attention(site: AdminSite, now: Standing, accounts: Iterable[Line]) -> list[Need]:
    """What no machine will mend by itself; an account that stands still comes first."""
    needs = [
        Need(_("Account %(name)s: %(words)s") % {"name": line.plain, "words": line.trouble}, "bad")
        for line in accounts
        if line.trouble
    ]
    if count := now.states[Status.UNCERTAIN]:
        words = ngettext(
            "%(count)d job: nobody can tell whether the service took it.",
            "%(count)d jobs: nobody can tell whether the service took them.",
            count,
        )
        needs.append(Need(words % {"count": count}, "warning", jobs_url(site, needs="look")))
    if count := now.at_risk:
        words = ngettext(
            "%(count)d result at risk: the service deletes results after seven days.",
            "%(count)d results at risk: the service deletes results after seven days.",
            count,
        )
        needs.append(Need(words % {"count": count}, "bad", jobs_url(site, needs="risk")))
    if count := now.dead:
        words = ngettext(
            "%(count)d dead letter: a receiver never took a signal.",
            "%(count)d dead letters: receivers never took a signal.",
            count,
        )
        needs.append(Need(words % {"count": count}, "warning", jobs_url(site, needs="delivery")))
    return needs
