"""What clients have deleted."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ...models import UniversalAIJob


class DeletedJob(models.Model):
    """A job that its owner deleted over the API: gone for clients, kept for the host.

    The row of a job outlives its deletion: the service may still be at work on it, its cost was
    billed, and its signals are promised.
    """

    job = models.OneToOneField(
        UniversalAIJob,
        models.CASCADE,
        primary_key=True,
        related_name="gateway_deletion",
        verbose_name=_("job"),
    )
    deleted_at = models.DateTimeField(_("deleted"), default=timezone.now)

    class Meta:
        verbose_name = _("deleted job")
        verbose_name_plural = _("deleted jobs")

    def __str__(self) -> str:
        return str(self.job_id)
