"""What happened to a job, and which signals are still to be delivered."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .job import UniversalAIJob


class EventQuerySet(models.QuerySet["JobEvent"]):
    def dead(self) -> EventQuerySet:
        """Signals that a receiver never took: they wait for a person."""
        return self.filter(deliver_at=None, delivered_at=None, deliveries__gt=0)


class EventKind(models.TextChoices):
    """The steps of a job's life that leave a trace."""

    SUBMITTED = "submitted", _("taken over by the service")
    SUCCEEDED = "succeeded", _("ended in success")
    FAILED = "failed", _("ended in failure")
    DEFERRED = "deferred", _("could not be sent yet")
    UNCERTAIN = "uncertain", _("outcome of sending unknown")
    FELL_BACK = "fell_back", _("failed, and a fallback is next")
    RESTARTED = "restarted", _("started again after its worker was lost")
    NOTICED = "noticed", _("noticed")


class JobEvent(models.Model):
    """One step of a job, and where it carries a signal, the state of its delivery.

    ``id`` is the ``event_id`` that receivers get, on every delivery the same. ``deliver_at`` is
    both due time and claim: a deliverer pushes it ahead before it starts, so that one that dies
    is followed by another, and empties it when it is through.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.ForeignKey(
        UniversalAIJob, models.CASCADE, related_name="events", verbose_name=_("job")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=EventKind)
    at = models.DateTimeField(_("at"), default=timezone.now)
    detail = models.JSONField(_("detail"), default=dict, blank=True)
    deliver_at = models.DateTimeField(_("delivery due"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    deliveries = models.PositiveIntegerField(_("deliveries"), default=0)
    #: By receiver: ``{"done": bool, "tries": int, "error": str}``.
    receipts = models.JSONField(_("receipts"), default=dict, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("at",)
        indexes = (
            # Not partial: MySQL and MariaDB have no conditional indexes. What is due needs the
            # first field; what is dead all three, for delivered events aren't due either.
            models.Index(fields=["deliver_at", "delivered_at", "deliveries"], name="uai_event_due"),
            models.Index(fields=["at"], name="uai_event_at"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.at:%Y-%m-%d %H:%M:%S})"

    @property
    def is_dead(self) -> bool:
        """A signal that a receiver never took: it waits for a person."""
        return self.deliver_at is None and self.delivered_at is None and self.deliveries > 0
