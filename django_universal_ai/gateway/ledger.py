"""Every job over the API in the books: whose token asked for it, and what it cost.

A job is entered in the transaction that makes it, and counted once it ended: by the signal of its
end, or by whoever looks at the totals first. Counting twice isn't possible: one conditional
``UPDATE`` says who does it.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import F, Q

from .. import jobs
from ..contract import ModelId
from ..models import TERMINAL, Status, UniversalAIJob
from ..models.database import atomic, retrying
from . import cache, meters, sandbox
from .models import ApiJob, Counted, DailyUsage, Token
from .refusals import Changing, FeatureNotAllowed, Refusal

_NOT_DONE = (Counted.OPEN, Counted.UNPRICED)
#: Nobody will tell the cost any more, or it is there.
_PRICED = Q(job__cost__isnull=False) | Q(job__due_at__isnull=True)
#: Entries that one look counts.
BATCH = 1000
#: Times that a place is asked for again because others' jobs ended.
RACES = 3


def submit(token: Token, **request: Any) -> UniversalAIJob:
    """:func:`django_universal_ai.jobs.submit` for a token's owner, within the token's limits.

    An answer from an earlier job counts as a job, and costs nothing.

    Raises :class:`~django_universal_ai.gateway.refusals.Refusal` over them. The request of an
    ``idempotency_key`` that is known gives the earlier job and counts as nothing.
    """
    _check_feature(token, ModelId.parse(request["model"]))
    make = sandbox.submit if token.sandbox else cache.submit
    submit_ = partial(
        make,
        **request,
        owner=token.owner,
        along=lambda job: [_entry(token, job)],
        before_commit=partial(_take, token) if token.is_metered else None,
    )
    for _ in range(RACES):
        try:
            return submit_()
        except Refusal as refusal:
            # Jobs may have ended whose signal is still on its way.
            ended = catch_up(token)
            is_news = meters.recount(token)
            if not (ended or is_news or isinstance(refusal, Changing)):
                raise
    return submit_()


def _check_feature(token: Token, model: ModelId) -> None:
    if not token.allows(model.name):
        raise FeatureNotAllowed(
            f"This token may not use {model.name}. It may use: {', '.join(token.allowed_features)}."
        )


def _entry(token: Token, job: UniversalAIJob) -> ApiJob:
    """The entry of a new job, to be saved with it."""
    reserved = Decimal(0) if token.sandbox or not token.is_metered else jobs.reserve_of(job)
    return ApiJob(job=job, token=token, day=meters.today(), reserved=reserved)


def _take(token: Token, job: UniversalAIJob) -> None:
    """Take the place of a job that was entered; in the transaction that makes it."""
    meters.take(token, job.api_job.reserved, job.api_job.day)


@retrying
def settle(entry: ApiJob) -> bool:
    """Count a job that ended, once. ``entry`` comes with its ``job`` and ``token``."""
    job, token = entry.job, entry.token
    with atomic():
        row = ApiJob.objects.filter(pk=entry.pk)
        if job.cost is None and job.due_at is not None:  # its cost is asked for
            won = row.filter(counted=Counted.OPEN).update(counted=Counted.UNPRICED)
        else:
            won = row.filter(counted__in=_NOT_DONE).update(counted=Counted.DONE)
            if won:
                _add(entry)
    if won and token is not None and token.is_metered:
        meters.recount(token)
    return bool(won)


def _add(entry: ApiJob) -> None:
    job = entry.job
    key = {
        "day": entry.day,
        "feature": job.feature,
        "subfeature": job.subfeature,
        "provider": job.provider,
    }
    rows = DailyUsage.objects.filter(token=entry.token, **key)
    if entry.token is None:  # what was used with any token that is deleted: of this owner only
        rows = rows.filter(owner_id=job.owner_id)
    row = rows.order_by("pk").first()
    if row is None:
        new = {"owner_id": entry.token.owner_id if entry.token else job.owner_id}
        row = (
            DailyUsage.objects.get_or_create(token=entry.token, **key, defaults=new)[0]
            if entry.token
            else DailyUsage.objects.create(**key, **new)
        )
    DailyUsage.objects.filter(pk=row.pk).update(
        jobs=F("jobs") + 1,
        failed=F("failed") + int(job.status == Status.FAIL),
        cost=F("cost") + (job.cost or Decimal(0)),
    )


def catch_up(token: Token | None = None) -> int:
    """Count what ended and isn't counted yet; of one token where given. Returns how many.

    Looks only at what isn't counted: usually what is in flight.
    """
    entries = ApiJob.objects.filter(counted__in=_NOT_DONE, job__status__in=TERMINAL)
    if token is not None:
        entries = entries.filter(token=token.pk)
    ended = entries.filter(_PRICED | Q(counted=Counted.OPEN))
    count = last = _settle_all(ended)
    while last == BATCH:
        last = _settle_all(ended)
        count += last
    return count


def _settle_all(entries: Any) -> int:
    rows = entries.select_related("job", "token").only(
        "day", "counted", "token", "job__status", "job__cost", "job__due_at", "job__owner",
        "job__feature", "job__subfeature", "job__provider",
    )  # fmt: skip
    return sum(settle(entry) for entry in rows[:BATCH])


def count_ended(job: UniversalAIJob, **kwargs: Any) -> None:
    """Receiver of the signals of a job's end; costs that came late are counted with it."""
    entry = ApiJob.objects.filter(pk=job.pk).select_related("token").first()
    if entry is None:
        return  # not over the API
    entry.job = job
    settle(entry)
    if entry.token is not None:
        late = ApiJob.objects.filter(token=entry.token, counted=Counted.UNPRICED)
        _settle_all(late.filter(_PRICED))
