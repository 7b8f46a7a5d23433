"""The filters of the job list."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..backends import backends
from ..models import JobEvent, Status, UniversalAIJob
from ..models.distinct import distinct
from ..models.job import RISKY_AFTER
from . import slow

Choices = Iterable[tuple[str, Any]]

#: Values of one field that are offered.
MOST_VALUES = 200
#: Jobs with a signal that wasn't delivered, the latest, that are among those that need a person.
MOST_UNDELIVERED = 1000


def at_risk() -> Q:
    """The jobs whose ``result_at_risk`` is true."""
    before = timezone.now() - RISKY_AFTER
    # Nothing is taken over before it is asked for; this way the index finds the old ones.
    taken_over = Q(status=Status.PROCESSING, requested_at__lte=before, submitted_at__lte=before)
    never_posted = Q(posted_at=None, requested_at__lte=before)
    return taken_over | (Q(status=Status.UNCERTAIN) & (Q(posted_at__lte=before) | never_posted))


class NeedsAPerson(SimpleListFilter):
    """What no machine will mend: an unknown outcome, a late result, a receiver that refuses."""

    title = _("needs a person")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [
            ("person", _("Anything")),
            ("look", _("Outcome unknown")),
            ("risk", _("Result at risk")),
            ("delivery", _("Signal not delivered")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]
    ) -> QuerySet[UniversalAIJob]:
        uncertain = Q(status=Status.UNCERTAIN)
        undelivered = JobEvent.objects.dead().values_list("job_id", flat=True)
        if self.value() == "person":
            # Not as a subquery: no database finds "this, or in that table" through indexes.
            some = list(undelivered.order_by("-at")[:MOST_UNDELIVERED])
            return queryset.filter(uncertain | at_risk() | Q(pk__in=some))
        wanted = {"look": uncertain, "risk": at_risk(), "delivery": Q(pk__in=undelivered)}
        return queryset.filter(wanted.get(self.value() or "", Q()))


class Slow(SimpleListFilter):
    """Running jobs that take longer than such jobs do."""

    title = _("pace")
    parameter_name = "slow"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        words = _("Slower than %(percent)d %% of its kind") % {"percent": round(slow.SLOW * 100)}
        return [("yes", words)]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]
    ) -> QuerySet[UniversalAIJob]:
        return queryset.filter(slow.slow()) if self.value() == "yes" else queryset


class Age(SimpleListFilter):
    """How long ago the job was asked for."""

    title = _("age")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [
            ("0-1", _("Less than an hour")),
            ("1-24", _("An hour to a day")),
            ("24-168", _("A day to a week")),
            ("168-", _("More than a week")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]
    ) -> QuerySet[UniversalAIJob]:
        if self.value() not in {str(value) for value, _words in self.lookup_choices}:
            return queryset
        youngest, _dash, oldest = str(self.value()).partition("-")
        now = timezone.now()
        queryset = queryset.filter(requested_at__lte=now - timedelta(hours=int(youngest)))
        if oldest:
            queryset = queryset.filter(requested_at__gt=now - timedelta(hours=int(oldest)))
        return queryset


class ByField(SimpleListFilter):
    """One field, one value; its choices are found without reading the table's rows."""

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[UniversalAIJob]
    ) -> QuerySet[UniversalAIJob]:
        value = self.value()
        return queryset.filter(**{str(self.parameter_name): value}) if value else queryset

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        values = set(self.values(request))
        # A link to a value that is no choice any more stays visible as what it is.
        values.update(filter(None, [request.GET.get(str(self.parameter_name))]))
        return [(value, value) for value in sorted(values)]

    @abstractmethod
    def values(self, request: HttpRequest) -> Iterable[str]:
        """The choices, in any order."""


class ByKnownValue(ByField):
    """The values that occur, at most :data:`MOST_VALUES`: one query, whose index it jumps along."""

    def values(self, request: HttpRequest) -> Iterable[str]:
        return distinct(UniversalAIJob, str(self.parameter_name), MOST_VALUES)


class ByFeature(ByKnownValue):
    title = _("feature")
    parameter_name = "feature"


class BySubfeature(ByKnownValue):
    title = _("subfeature")
    parameter_name = "subfeature"


class ByProvider(ByKnownValue):
    title = _("provider")
    parameter_name = "provider"


class ByBackend(ByField):
    title = _("backend")
    parameter_name = "backend"

    def values(self, request: HttpRequest) -> Iterable[str]:
        return backends.aliases()


class DeliveryState(SimpleListFilter):
    """Where the signals of events stand."""

    title = _("signal")
    parameter_name = "signal"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return [
            ("delivered", _("Delivered")),
            ("due", _("To be delivered")),
            ("dead", _("Dead letter")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JobEvent]) -> QuerySet[JobEvent]:
        if self.value() == "delivered":
            return queryset.filter(delivered_at__isnull=False)
        if self.value() == "due":
            return queryset.filter(deliver_at__isnull=False)
        if self.value() == "dead":
            return queryset.filter(pk__in=JobEvent.objects.dead())
        return queryset
