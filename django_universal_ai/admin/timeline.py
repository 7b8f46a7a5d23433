"""A job's life, step by step, and where the signals of its steps stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..contract import redact
from ..models import EventKind, JobEvent, Status, UniversalAIJob, WebhookReceipt
from ..models.inbox import ReceiptState
from ..outbox import SIGNALS
from . import wording

#: Parts of an event's detail that have words of their own.
_WORDED = ("reason", "what", "seconds", "candidate")

_ENDS = (EventKind.SUCCEEDED, EventKind.FAILED)

_RECEIPT_TONES: dict[str, str] = {
    ReceiptState.APPLIED: "good",
    ReceiptState.IGNORED: "quiet",
    ReceiptState.REFUSED: "bad",
    ReceiptState.WAITING: "warning",
}

_TONES: dict[str, str] = {
    EventKind.SUCCEEDED: "good",
    EventKind.FAILED: "bad",
    EventKind.UNCERTAIN: "warning",
    EventKind.DEFERRED: "warning",
    EventKind.FELL_BACK: "warning",
    EventKind.RESTARTED: "warning",
}


@dataclass(frozen=True, slots=True)
class Receiver:
    """What one receiver did with a signal."""

    name: str
    is_done: bool
    tries: int
    error: str


@dataclass(frozen=True, slots=True)
class Signal:
    """Whether the receivers of an event have had it."""

    #: The state in a word or two, and in a sentence.
    short: str
    words: str
    tone: str
    icon: str
    receivers: tuple[Receiver, ...] = ()


@dataclass(slots=True)
class Step:
    """One line of the timeline."""

    at: datetime
    title: str
    words: str = ""
    tone: str = "quiet"
    signal: Signal | None = None
    event: JobEvent | None = None
    #: The webhook that it tells of, and the address of its page.
    receipt: WebhookReceipt | None = None
    url: str = ""
    #: How long after the line before.
    later: str = ""

    @property
    def moment(self) -> str:
        return wording.moment(self.at)


def timeline(
    job: UniversalAIJob,
    events: Collection[JobEvent],
    receipts: Iterable[WebhookReceipt] = (),
    *,
    runs_here: bool = False,
) -> list[Step]:
    """The steps, oldest first: the row's own moments, its events, and webhooks that came in.

    A job that ``runs_here`` isn't looked at: what counts its looks counts its workers' wake-ups.
    """
    steps = [Step(job.requested_at, _("Requested"))]
    steps += [] if runs_here else _looks(job, events)
    steps += [_came_in(receipt) for receipt in receipts]
    steps += [_step(event) for event in events]
    steps += _moments_without_event(job, events)
    steps.sort(key=lambda step: step.at)
    for before, after in pairwise(steps):
        after.later = wording.duration(after.at - before.at)
    return steps


def signal_of(event: JobEvent) -> Signal | None:
    """Where the event's signal stands; ``None`` for an event without one."""
    if event.kind not in SIGNALS:
        return None
    receivers = tuple(
        Receiver(name, receipt["done"], receipt["tries"], redact(receipt["error"]))
        for name, receipt in sorted(event.receipts.items())
    )
    if event.delivered_at:
        return Signal(_("delivered"), _("signal delivered"), "good", "✓", receivers)
    if event.is_dead:
        words = _("dead letter: a receiver never took the signal")
        return Signal(_("dead letter"), words, "bad", "✕", receivers)
    if event.deliver_at is None:
        return Signal(_("not sent"), _("signal not sent"), "quiet", "○", receivers)
    refused = any(not receiver.is_done for receiver in receivers)
    words = _("signal due again %(moment)s") if refused else _("signal due %(moment)s")
    words %= {"moment": wording.moment(event.deliver_at)}
    return Signal(_("due"), words, "warning" if refused else "busy", "➜", receivers)


def _step(event: JobEvent) -> Step:
    return Step(
        at=event.at,
        title=_title(EventKind(event.kind)),
        words=_words(event.detail),
        tone=_TONES.get(event.kind, "busy"),
        signal=signal_of(event),
        event=event,
    )


def _looks(job: UniversalAIJob, events: Iterable[JobEvent]) -> Iterator[Step]:
    """All looks at the job in one line, where the last of them was."""
    ends = [event.at for event in events if event.kind in _ENDS]
    at = job.seen_at or min([*ends, *filter(None, [job.finished_at])], default=None)
    if job.polls and at:
        words = ngettext("Looked at %(count)d time", "Looked at %(count)d times", job.polls)
        seen = _("last seen at work") if job.seen_at else ""
        yield Step(at, words % {"count": job.polls}, seen)


def _came_in(receipt: WebhookReceipt) -> Step:
    told = [str(receipt.get_state_display()), redact(receipt.reason)]
    if receipt.copies > 1:
        copies = ngettext("delivered %(count)d time", "delivered %(count)d times", receipt.copies)
        told.append(copies % {"count": receipt.copies})
    return Step(
        at=receipt.received_at,
        title=_("Webhook came in"),
        words=" · ".join(filter(None, told)),
        tone=_RECEIPT_TONES.get(receipt.state, "busy"),
        receipt=receipt,
    )


def _title(kind: EventKind) -> str:
    return capfirst(str(kind.label))


def _words(detail: Any) -> str:
    """What an event tells, in one line: its reason, else whatever it holds."""
    if not isinstance(detail, Mapping):
        return redact(str(detail))
    told = [str(detail["reason"])] if detail.get("reason") else []
    if detail.get("what"):
        told.append(_(str(detail["what"])))  # marked where it was written
    if seconds := detail.get("seconds"):
        told.append(_("again in %(seconds)s s") % {"seconds": seconds})
    told += [f"{name}: {value}" for name, value in detail.items() if name not in _WORDED]
    return redact(" · ".join(told))


def _moments_without_event(job: UniversalAIJob, events: Iterable[JobEvent]) -> Iterator[Step]:
    """Moments of the row that no event tells of, and the service's own."""
    told = {event.kind for event in events}
    if job.submitted_at and EventKind.SUBMITTED not in told:
        yield Step(job.submitted_at, _title(EventKind.SUBMITTED), tone="busy")
    end = EventKind.SUCCEEDED if job.status == Status.SUCCESS else EventKind.FAILED
    if job.finished_at and end not in told:
        yield Step(job.finished_at, _title(end), tone=_TONES[end])
    if job.created_at and job.created_at != job.submitted_at:
        yield Step(job.created_at, _("Created at the service"), _("by its own clock"))
