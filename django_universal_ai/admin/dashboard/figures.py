"""What ended in a range, read from rolled-up rows: as many of them whatever the number of jobs."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q, Sum

from ...engine.sketch import Sketch
from ...models import Rollup, Span
from .ranges import Range


@dataclass(slots=True)
class Figures:
    """Sums of one slot, one feature or one provider."""

    created: int = 0
    succeeded: int = 0
    failed: int = 0
    cost: Decimal = Decimal(0)
    #: Cost by feature, where that is asked for.
    by_feature: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed

    @property
    def success_rate(self) -> float | None:
        """0 to 1; ``None`` where nothing ended."""
        return self.succeeded / self.ended if self.ended else None


@dataclass(slots=True)
class Ended:
    """All that the rolled-up rows of a range say."""

    slots: list[Figures]
    features: dict[str, Figures]
    providers: dict[str, Figures]
    total: Figures


def ended(shown: Range) -> Ended:
    """One query: sums by slot, subfeature and provider; added up here."""
    found = Ended(
        [Figures() for _ in shown.slots], defaultdict(Figures), defaultdict(Figures), Figures()
    )
    rows = (
        Rollup.objects.filter(span=Span.HOUR, begin__gte=shown.begin)
        .annotate(slot=shown.slot_of("begin"))
        .values_list("slot", "feature", "subfeature", "provider")
        .annotate(Sum("created"), Sum("succeeded"), Sum("failed"), Sum("cost"))
        .order_by()
    )
    for slot, feature, subfeature, provider, *sums in rows:
        name = f"{feature}/{subfeature}"
        for figures in (
            found.slots[slot],
            found.features[name],
            found.providers[provider],
            found.total,
        ):
            _add(figures, *sums)
        found.slots[slot].by_feature[name] += sums[3]
    return found


def _add(figures: Figures, created: int, succeeded: int, failed: int, cost: Decimal) -> None:
    figures.created += created
    figures.succeeded += succeeded
    figures.failed += failed
    figures.cost += cost


def durations(shown: Range) -> dict[str, Sketch]:
    """How long jobs in success were at work, by provider. One query.

    Whole days come from rows of days, the first hours from rows of hours.
    """
    midnight = Span.DAY.begin(shown.begin)
    if midnight < shown.begin:
        midnight += Span.DAY.length
    days = Q(span=Span.DAY, begin__gte=midnight)
    hours = Q(span=Span.HOUR, begin__gte=shown.begin, begin__lt=midnight)
    weights: dict[str, Counter[str]] = defaultdict(Counter)
    for provider, held in Rollup.objects.filter(days | hours).values_list("provider", "durations"):
        weights[provider].update(held)
    return {provider: Sketch.from_json(held) for provider, held in weights.items()}
