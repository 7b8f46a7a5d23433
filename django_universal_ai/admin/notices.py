"""What an operator should see first, above the list."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Account, Status, UniversalAIJob
from . import account_words
from .filters import at_risk

#: Jobs that are counted.
MOST = 1000


@dataclass(frozen=True, slots=True)
class Notice:
    """A line above the list, and which jobs it is about."""

    words: str
    #: A query string of the list; empty where there is nothing to select.
    query: str = ""


def notices() -> list[Notice]:
    """Accounts that stand still, and jobs that need a person. Two queries."""
    found = [
        Notice(_("Account “%(name)s”: %(words)s") % {"name": account.name, "words": words})
        for account in Account.objects.order_by("name")
        if (words := account_words.trouble(account))
    ]
    uncertain, risk = Q(status=Status.UNCERTAIN), at_risk()
    # Nobody reads a number beyond that, and the database needn't find it out.
    some = UniversalAIJob.objects.filter(uncertain | risk).order_by()[:MOST]
    counts = some.aggregate(uncertain=Count("pk", filter=uncertain), risk=Count("pk", filter=risk))
    if counts["uncertain"]:
        words = ngettext(
            "%(count)s job needs a person: nobody can tell whether the service took it.",
            "%(count)s jobs need a person: nobody can tell whether the service took them.",
            counts["uncertain"],
        )
        found.append(Notice(words % {"count": _number(counts["uncertain"])}, "?needs=look"))
    if counts["risk"]:
        words = ngettext(
            "The result of %(count)s job is at risk: the service deletes results after seven days.",
            "The results of %(count)s jobs are at risk: the service deletes results after seven "
            "days.",
            counts["risk"],
        )
        found.append(Notice(words % {"count": _number(counts["risk"])}, "?needs=risk"))
    return found


def _number(count: int) -> str:
    return f"{count}+" if count == MOST else str(count)
