"""A page that Prometheus scrapes, with values out of the database.

Processes that count for themselves would each have their own numbers, and one of many answers.
The database's are the same whoever answers, and outlive every process.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views import View

from .engine.sketch import Sketch
from .models import Rollup, Span
from .readings import GAUGES, Sample

#: For whom the page is where no token is given.
PERMISSION = "universal_ai.view_universalaijob"

_QUANTILES = (0.5, 0.95)
_LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Family:
    name: str
    kind: str
    description: str
    samples: Iterable[Sample]


@method_decorator(login_not_required, name="dispatch")
class MetricsView(View):
    """``path("metrics", MetricsView.as_view(token=...))``: for who has the token.

    Without one it is for users who may see all jobs.
    """

    #: What comes as ``Authorization: Bearer ...``.
    token = ""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not self._may_see(request):
            return HttpResponse("Not for you.\n", "text/plain", status=HTTPStatus.FORBIDDEN)
        return HttpResponse(exposition(), "text/plain; version=0.0.4; charset=utf-8")

    def _may_see(self, request: HttpRequest) -> bool:
        if self.token:
            given = request.headers.get("Authorization", "")
            return constant_time_compare(given, f"Bearer {self.token}")
        user = getattr(request, "user", None)
        return user is not None and user.is_active and user.has_perm(PERMISSION)


def exposition() -> str:
    """All values, in Prometheus' text format."""
    return "".join(line for family in _families() for line in _lines(family))


def _lines(family: _Family) -> Iterator[str]:
    name = f"universal_ai_{family.name}"
    yield f"# HELP {name} {family.description}\n# TYPE {name} {family.kind}\n"
    for labels, value in family.samples:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{inside}}} {value:.15g}\n" if inside else f"{name} {value:.15g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _families() -> Iterator[_Family]:
    for gauge in GAUGES:
        unit = "_seconds" if gauge.unit == "s" else ""
        name = gauge.name.replace(".", "_") + unit
        yield _Family(name, "gauge", gauge.description, gauge.read())
    asked, ended, cost = _sums()
    yield _Family("jobs_asked_total", "counter", "Jobs that have ended, as asked for.", asked)
    yield _Family("jobs_ended_total", "counter", "Jobs that have ended, by how.", ended)
    yield _Family("cost_credits_total", "counter", "What jobs cost.", cost)
    about = "How long jobs in success were at work, over the last day."
    yield _Family("job_duration_last_day_seconds", "gauge", about, _durations())


def _sums() -> tuple[list[Sample], list[Sample], list[Sample]]:
    """One query over the rows of days, which stay when jobs are erased."""
    asked: list[Sample] = []
    ended: list[Sample] = []
    cost: list[Sample] = []
    rows = (
        Rollup.objects.filter(span=Span.DAY)
        .values_list("backend", "feature", "subfeature", "provider")
        .annotate(Sum("created"), Sum("succeeded"), Sum("failed"), Sum("cost"))
        .order_by("backend", "feature", "subfeature", "provider")
    )
    for *what, created, succeeded, failed, spent in rows:
        labels = _labels(*what)
        asked.append((labels, created))
        ended += [
            (labels | {"status": "success"}, succeeded),
            (labels | {"status": "fail"}, failed),
        ]
        cost.append((labels, float(spent)))
    return asked, ended, cost


def _durations() -> Iterator[Sample]:
    """One query: at most 25 rows for each provider of each feature."""
    held: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    rows = Rollup.objects.filter(span=Span.HOUR, begin__gte=timezone.now() - _LATELY)
    for *what, durations in rows.values_list(
        "backend", "feature", "subfeature", "provider", "durations"
    ):
        held[tuple(what)].update(durations)
    for what_ended, weights in sorted(held.items()):
        sketch = Sketch.from_json(weights)
        for share in _QUANTILES:
            if (seconds := sketch.quantile(share)) is not None:
                yield _labels(*what_ended) | {"quantile": f"{share:g}"}, seconds


def _labels(backend: str, feature: str, subfeature: str, provider: str) -> dict[str, str]:
    return {"backend": backend, "feature": f"{feature}/{subfeature}", "provider": provider}
