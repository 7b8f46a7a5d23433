"""The two plots of the dashboard."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .figures import Ended
from .plots import Number, Plot, Series, plot
from .ranges import Range
from .standing import Standing

#: Features that have a colour of their own; the others share one.
MOST = 5


def asked_for(ended: Ended, now: Standing) -> list[int]:
    """Jobs by the slot in which they were asked for: those that ended, and those that haven't."""
    return [slot.created + now.asked.get(place, 0) for place, slot in enumerate(ended.slots)]


def dearest(ended: Ended) -> list[str]:
    """The features that cost most, in that order; only such that cost anything."""
    costs = {name: figures.cost for name, figures in ended.features.items() if figures.cost}
    return sorted(costs, key=lambda name: (-costs[name], name))[:MOST]


def credits(amount: Number) -> str:
    """Credits to four places: a plot has no room for more."""
    exact = Decimal(str(amount)).quantize(Decimal("0.0001")).normalize()
    return number_format(f"{exact:f}", force_grouping=True)


def count(number: Number) -> str:
    return number_format(number, force_grouping=True)


def job_plot(shown: Range, ended: Ended, now: Standing) -> Plot:
    """What ended, and what was asked for."""
    asked = asked_for(ended, now)
    words = ngettext(
        "%(succeeded)s succeeded and %(failed)s failed, of %(asked)s job asked for.",
        "%(succeeded)s succeeded and %(failed)s failed, of %(asked)s jobs asked for.",
        sum(asked),
    )
    return plot(
        "jobs",
        _("Jobs per %(unit)s") % {"unit": shown.unit},
        words
        % {
            "succeeded": count(ended.total.succeeded),
            "failed": count(ended.total.failed),
            "asked": count(sum(asked)),
        },
        slots=[slot.words for slot in shown.slots],
        axis=_axis(shown),
        series=[
            Series(_("succeeded"), "good", [slot.succeeded for slot in ended.slots]),
            Series(_("failed"), "bad", [slot.failed for slot in ended.slots]),
        ],
        mark=Series(_("asked for"), "mark", asked),
        write=count,
    )


def cost_plot(shown: Range, ended: Ended) -> Plot:
    """Credits by feature."""
    features = dearest(ended)
    series = [
        Series(name, str(place), [slot.by_feature.get(name, Decimal(0)) for slot in ended.slots])
        for place, name in enumerate(features, 1)
    ]
    if any(figures.cost and name not in features for name, figures in ended.features.items()):
        rest = [
            slot.cost - sum(slot.by_feature.get(name, Decimal(0)) for name in features)
            for slot in ended.slots
        ]
        series.append(Series(_("others"), "rest", rest))
    return plot(
        "cost",
        _("Credits per %(unit)s") % {"unit": shown.unit},
        _("%(credits)s credits.") % {"credits": credits(ended.total.cost)},
        slots=[slot.words for slot in shown.slots],
        axis=_axis(shown),
        series=series,
        write=credits,
    )


def _axis(shown: Range) -> list[str]:
    """The first slot, the one in the middle, and the last."""
    slots = shown.slots
    return [slots[0].short, slots[len(slots) // 2].short, slots[-1].short]
