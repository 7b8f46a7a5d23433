"""The same numbers as cells, with links to the jobs that they count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.contrib.admin import AdminSite
from django.utils.translation import gettext as _

from ...contract import redact
from ...engine.sketch import Sketch
from ...models import Status
from .. import wording
from ..links import job_url, jobs_url, link
from .charts import asked_for, count, credits, dearest
from .figures import Ended, Figures
from .ranges import Range
from .standing import Standing


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with a name, and the list behind it."""

    name: str
    number: str
    url: str = ""
    icon: str = ""
    tone: str = "quiet"


@dataclass(frozen=True, slots=True)
class Provider:
    """What one provider did."""

    name: str
    url: str
    ended: str
    failed: str
    failed_url: str
    success_rate: str
    p50: str
    p95: str
    cost: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first of each names the row."""

    head: list[str]
    rows: list[list[str]]
    foot: list[str]


def states(site: AdminSite, now: Standing) -> list[Tile]:
    """The states of jobs that haven't ended."""
    return [_tile(site, status, number) for status, number in now.states.items()]


def totals(site: AdminSite, shown: Range, total: Figures) -> list[Tile]:
    """What ended in the range."""
    since = _since(shown)
    return [
        _tile(site, Status.SUCCESS, total.succeeded, **since),
        _tile(site, Status.FAIL, total.failed, **since),
        Tile(_("success rate"), _percent(total.success_rate)),
        Tile(_("credits"), credits(total.cost)),
    ]


def _tile(site: AdminSite, status: Status, number: int, **filters: str) -> Tile:
    icon, tone = wording.LOOKS[status]
    url = jobs_url(site, status__exact=str(status.value), **filters)
    return Tile(str(status.label), count(number), url, icon, tone if number else "quiet")


def oldest(site: AdminSite, now: Standing) -> dict[str, str] | None:
    """The job that waits for longest, and why."""
    job = now.oldest
    if job is None:
        return None
    return {
        "age": wording.age(job.requested_at),
        "job": link(job_url(site, job.pk), job.requested_model),
        "note": redact(job.note),
    }


def providers(
    site: AdminSite, shown: Range, ended: Ended, durations: dict[str, Sketch]
) -> list[Provider]:
    """By how much they did, the busiest first."""
    names = sorted(ended.providers, key=lambda name: (-ended.providers[name].ended, name))
    rows = []
    for name in names:
        figures, took = ended.providers[name], durations.get(name, Sketch())
        if not figures.ended:
            continue
        mine = {"provider": name, **_since(shown)}
        rows.append(
            Provider(
                name=name,
                url=jobs_url(site, **mine),
                ended=count(figures.ended),
                failed=count(figures.failed),
                failed_url=jobs_url(site, status__exact=Status.FAIL.value, **mine),
                success_rate=_percent(figures.success_rate),
                p50=_seconds(took.quantile(0.5)),
                p95=_seconds(took.quantile(0.95)),
                cost=credits(figures.cost),
            )
        )
    return rows


def job_table(shown: Range, ended: Ended, now: Standing) -> Table:
    """The numbers of the plot of jobs."""
    asked = asked_for(ended, now)
    cells = zip(shown.slots, asked, ended.slots, strict=True)
    total = ended.total
    return Table(
        [str(shown.unit), _("asked for"), _("succeeded"), _("failed"), _("success rate")],
        [
            [
                slot.words,
                count(number),
                count(figures.succeeded),
                count(figures.failed),
                _percent(figures.success_rate),
            ]
            for slot, number, figures in cells
        ],
        [
            _("in all"),
            count(sum(asked)),
            count(total.succeeded),
            count(total.failed),
            _percent(total.success_rate),
        ],
    )


def cost_table(site: AdminSite, shown: Range, ended: Ended) -> Table:
    """The numbers of the plot of costs: the features that it shows, and all of them."""
    features = dearest(ended)
    heads = [_feature(site, shown, name) for name in features]
    rows = [
        [
            slot.words,
            *(credits(figures.by_feature.get(name, Decimal(0))) for name in features),
            credits(figures.cost),
        ]
        for slot, figures in zip(shown.slots, ended.slots, strict=True)
    ]
    foot = [_("in all"), *(credits(ended.features[name].cost) for name in features)]
    return Table(
        [str(shown.unit), *heads, _("all features")], rows, [*foot, credits(ended.total.cost)]
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else wording.percent(share)


def _feature(site: AdminSite, shown: Range, name: str) -> str:
    feature, _slash, subfeature = name.partition("/")
    return link(jobs_url(site, feature=feature, subfeature=subfeature, **_since(shown)), name)


def _since(shown: Range) -> dict[str, str]:
    """The filter of the list for what ended in the range."""
    return {"finished_at__gte": shown.begin.isoformat()}


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else wording.duration(timedelta(seconds=seconds))
