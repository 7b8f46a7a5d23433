"""What jobs did, hour by hour and day by day, and the ends that aren't in there yet."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from .job import Status


class Span(models.IntegerChoices):
    """How long the time of a rolled-up row is, in hours."""

    HOUR = 1, _("hour")
    DAY = 24, _("day")

    def begin(self, at: datetime) -> datetime:
        """The beginning of the span that ``at`` is in; days are those of UTC."""
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return hour.replace(hour=0) if self is Span.DAY else hour

    @property
    def length(self) -> timedelta:
        return timedelta(hours=self.value)


class Rollup(models.Model):
    """Jobs of one hour or day, one backend, subfeature and answering provider.

    Rows outlive the jobs that they count. ``id`` is a hash of what makes a row unique, whatever a
    database thinks of upper and lower case.
    """

    id = models.CharField(max_length=32, primary_key=True, editable=False)
    span = models.PositiveSmallIntegerField(_("span"), choices=Span)
    begin = models.DateTimeField(_("begin"))
    backend = models.CharField(_("backend"), max_length=100)
    feature = models.CharField(_("feature"), max_length=100)
    subfeature = models.CharField(_("subfeature"), max_length=100)
    provider = models.CharField(_("provider"), max_length=100, help_text=_("Who answered."))
    #: Jobs that were asked for in this time and have ended, whenever that was.
    created = models.PositiveBigIntegerField(_("asked for"), default=0)
    #: These, the cost and the durations are of jobs that ended in this time.
    succeeded = models.PositiveBigIntegerField(_("succeeded"), default=0)
    failed = models.PositiveBigIntegerField(_("failed"), default=0)
    cost = models.DecimalField(_("cost"), max_digits=30, decimal_places=12, default=0)
    #: Jobs in success by how long they were at work: the buckets of
    #: :mod:`django_universal_ai.engine.sketch`.
    durations = models.JSONField(_("durations"), default=dict)

    class Meta:
        verbose_name = _("rolled-up row")
        verbose_name_plural = _("rolled-up rows")
        indexes = (models.Index(fields=["span", "begin"], name="uai_rollup_time"),)

    def __str__(self) -> str:
        what = f"{self.feature}/{self.subfeature}/{self.provider}"
        return f"{self.begin:%Y-%m-%d %H:%M}, {self.get_span_display()}: {what}"

    def make_id(self) -> str:
        """The primary key that the other fields give."""
        where = (self.backend, self.feature, self.subfeature, self.provider)
        text = "\n".join((str(int(self.span)), self.begin.isoformat(), *where))
        return hashlib.blake2s(text.encode(), digest_size=16).hexdigest()


class Uncounted(models.Model):
    """An end, or a cost that came after it, that no rolled-up row has yet.

    Written in the transaction of what it tells of, deleted in the one that counts it. It knows all
    that is to be counted: its job may be gone by then.
    """

    id = models.BigAutoField(primary_key=True)
    job_id = models.UUIDField(db_index=True)
    #: Whether the request is to be counted, and the end. Neither where only a cost came.
    counts_request = models.BooleanField()
    counts_end = models.BooleanField()
    status = models.CharField(max_length=16, choices=Status)
    backend = models.CharField(max_length=100)
    feature = models.CharField(max_length=100)
    subfeature = models.CharField(max_length=100)
    provider = models.CharField(max_length=100)
    cost = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    requested_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField()

    class Meta:
        verbose_name = _("uncounted end")
        verbose_name_plural = _("uncounted ends")

    def __str__(self) -> str:
        return str(self.job_id)


class CountingLock(models.Model):
    """The row that who counts has locked: one process at a time, and nobody waits."""

    id = models.PositiveSmallIntegerField(primary_key=True)

    class Meta:
        verbose_name = _("counting lock")
        verbose_name_plural = _("counting locks")

    def __str__(self) -> str:
        return "counting"
