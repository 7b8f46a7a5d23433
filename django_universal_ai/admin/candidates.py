"""Who may do a job with fallbacks, and how far each of them got."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from ..contract import redact
from ..exceptions import InvalidInput
from ..models import Candidate, EventKind, JobEvent, Status, UniversalAIJob
from . import wording


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    model: str
    backend: str
    state: str
    reason: str = ""
    cost: str = ""


def candidates(job: UniversalAIJob, events: Iterable[JobEvent]) -> list[Row]:
    """The model asked for and its fallbacks, in order; nothing for a job without fallbacks."""
    if not job.fallbacks:
        return []
    try:
        every = job.candidates
    except InvalidInput:  # a row that was changed by hand
        return []
    failures = {
        event.detail.get("candidate"): event.detail
        for event in events
        if event.kind == EventKind.FELL_BACK and isinstance(event.detail, dict)
    }
    return [_row(job, every, place, failures.get(place)) for place in range(len(every))]


def _row(
    job: UniversalAIJob, every: list[Candidate], place: int, failure: dict[str, Any] | None
) -> Row:
    candidate = every[place]
    state = _("failed") if failure else _state(job, every, place)
    return Row(
        model=str(candidate.model),
        backend=candidate.backend,
        state=state,
        reason=redact(str(failure["reason"])) if failure else "",
        cost=_cost(failure.get("cost")) if failure else "",
    )


def _state(job: UniversalAIJob, every: list[Candidate], place: int) -> str:
    mine = every[job.candidate]
    if place == job.candidate:
        if job.status == Status.SUCCESS and job.provider != mine.model.provider:
            return _("answered by a fallback of the service")
        ends = {Status.SUCCESS: _("answered"), Status.FAIL: _("failed")}
        return ends.get(Status(job.status), _("its turn"))
    if job.candidate < place <= job.candidate + mine.along:
        return _("the service's own fallback")
    if place > job.candidate:
        return _("not needed") if job.is_finished else _("next in line")
    return _("passed over")


def _cost(told: Any) -> str:
    try:
        return str(wording.cost(Decimal(str(told)))) if told else ""
    except InvalidOperation:
        return ""
