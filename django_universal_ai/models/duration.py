"""What was learned of how long jobs take."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DurationSketch(models.Model):
    """How long jobs of one kind take, from being taken over until their end.

    A kind is a backend and the model string that was asked for. ``id`` is a hash of both: unique
    whatever a database thinks of upper and lower case. ``weights`` is a histogram, see
    :mod:`django_universal_ai.engine.sketch`.
    """

    id = models.CharField(max_length=32, primary_key=True, editable=False)
    backend = models.CharField(_("backend"), max_length=100, db_index=True)
    requested_model = models.CharField(_("requested model"), max_length=255)
    weights = models.JSONField(_("weights"), default=dict)
    count = models.PositiveBigIntegerField(_("jobs"), default=0)
    updated_at = models.DateTimeField(_("updated"))

    class Meta:
        verbose_name = _("duration sketch")
        verbose_name_plural = _("duration sketches")

    def __str__(self) -> str:
        return self.requested_model


class LearningCursor(models.Model):
    """Up to which end the durations of a backend's jobs were learned: each counts once."""

    backend = models.CharField(max_length=100, primary_key=True)
    ended_at = models.DateTimeField()
    #: The last job that ended at that very moment and was learned from.
    job_id = models.UUIDField()

    class Meta:
        verbose_name = _("learning cursor")
        verbose_name_plural = _("learning cursors")

    def __str__(self) -> str:
        return self.backend
