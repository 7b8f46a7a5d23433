"""What happens to a job next, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..backends import BaseBackend
from ..contract import redact
from ..models import Account, Status, UniversalAIJob
from . import account_words, wording
from .json_tree import printable

#: A job that is due for longer has nobody to move it.
OVERDUE = timedelta(seconds=90)
#: Characters of the reason of a failure that stand at the top of the page.
MOST_REASON = 300


def outlook(job: UniversalAIJob, backend: BaseBackend | None, account: Account | None) -> list[str]:
    """Sentences: where the job is, why, and who does what next."""
    said = [_WORDS[job.status](job, backend)]
    if job.note:
        said.append(redact(job.note))
    if job.is_finished:
        return said
    if backend is None:
        words = _("settings.UNIVERSAL_AI has no backend “%(alias)s”: nobody moves this job.")
        return [*said, words % {"alias": job.backend}]
    if job.result_at_risk and not backend.runs_here:
        said.append(_risk(job))
    if account is not None and (trouble := account_words.trouble(account)):
        said.append(trouble)
    return [*said, *_end(job), *_next_look(job)]


def reason(error: Any) -> str:
    """Why a job failed, in the words of who said so; its page has the whole error further down."""
    message = error.get("message") if isinstance(error, dict) else None
    if not isinstance(message, str):
        return ""
    return redact(printable(Truncator(message).chars(MOST_REASON)))


def _end(job: UniversalAIJob) -> list[str]:
    """When it should end, by how long jobs of this kind took."""
    ahead = job.outlook
    if ahead.usual is None:
        return []
    usual = wording.duration(timedelta(seconds=ahead.usual))
    if job.status != Status.PROCESSING:
        return [_("Such jobs usually take %(duration)s.") % {"duration": usual}]
    if ahead.eta is None or ahead.latest is None:
        words = _("It takes longer than such jobs do: usually %(duration)s.")
        return [words % {"duration": usual}]
    words = _("Such jobs usually take %(duration)s. It should end about %(eta)s, by %(latest)s.")
    moments = {"eta": wording.moment(ahead.eta), "latest": wording.moment(ahead.latest)}
    return [words % {"duration": usual, **moments}]


def _risk(job: UniversalAIJob) -> str:
    sent = job.submitted_at or job.posted_at or job.requested_at
    if job.status == Status.UNCERTAIN:
        words = _(
            "Its result is at risk: the service deletes results after seven days, and if it has "
            "this job, it got it %(age)s ago. Decide soon."
        )
    else:
        words = _(
            "Its result is at risk: the service deletes results after seven days, and it got "
            "this job %(age)s ago. Ask the service what holds it up."
        )
    return words % {"age": wording.age(sent)}


def _next_look(job: UniversalAIJob) -> list[str]:
    if job.due_at is None:
        return []
    late = timezone.now() - job.due_at
    if late > OVERDUE:
        words = _("It is overdue for %(duration)s: is a worker running?")
        return [words % {"duration": wording.duration(late)}]
    if late > timedelta(0):
        return [_("It is due: a worker takes it next.")]
    return [_("Next look: %(moment)s.") % {"moment": wording.moment(job.due_at)}]


def _pending(job: UniversalAIJob, backend: BaseBackend | None) -> str:
    if job.attempts:
        words = ngettext(
            "It waits to be sent again, after %(count)d attempt. Nothing was billed so far.",
            "It waits to be sent again, after %(count)d attempts. Nothing was billed so far.",
            job.attempts,
        )
        return words % {"count": job.attempts}
    return _("It waits to be sent. Nothing was billed so far.")


def _submitting(job: UniversalAIJob, backend: BaseBackend | None) -> str:
    if job.lease_until is None:
        return _("It is being sent.")
    return _(
        "It is being sent. If nobody has said by %(moment)s how that went, "
        "its outcome counts as unknown."
    ) % {"moment": wording.moment(job.lease_until)}


def _uncertain(job: UniversalAIJob, backend: BaseBackend | None) -> str:
    return _(
        "Nobody can tell whether the service took this job, so it isn't sent again by itself. "
        "A webhook or the service's list may still resolve it. If the service doesn't have it, "
        "resubmit it; if it does, resubmitting bills it twice."
    )


def _processing(job: UniversalAIJob, backend: BaseBackend | None) -> str:
    if backend is not None and backend.runs_here:
        if job.progress is None:
            return _("An offline provider works on it in one of your workers.")
        words = _("An offline provider works on it in one of your workers: %(percent)d %% done.")
        return words % {"percent": round(job.progress * 100)}
    looks = ngettext("looked at %(count)d time", "looked at %(count)d times", job.polls)
    words = _("The service works on it (%(looks)s so far).") % {
        "looks": looks % {"count": job.polls}
    }
    if job.missing_since is None:
        return words
    missing = _("The service doesn't know it since %(moment)s; if that lasts, the job fails.")
    return f"{words} {missing % {'moment': wording.moment(job.missing_since)}}"


def _success(job: UniversalAIJob, backend: BaseBackend | None) -> str:
    if job.cost is None:
        return _("It ended in success. The service hasn't said yet what it cost.")
    return _("It ended in success; nothing of it changes any more.")


def _fail(job: UniversalAIJob, backend: BaseBackend | None) -> str:
    return _("It failed; nothing of it changes any more. To try again, resubmit it.")


_WORDS: dict[str, Callable[[UniversalAIJob, BaseBackend | None], str]] = {
    Status.PENDING: _pending,
    Status.SUBMITTING: _submitting,
    Status.UNCERTAIN: _uncertain,
    Status.PROCESSING: _processing,
    Status.SUCCESS: _success,
    Status.FAIL: _fail,
}
