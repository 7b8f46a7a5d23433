"""What was asked for, so that the same needn't be done again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ...models import UniversalAIJob


class Answer(models.Model):
    """The fingerprint of a request whose provider answers the same with the same, and its job.

    See :mod:`django_universal_ai.gateway.cache`.
    """

    job = models.OneToOneField(
        UniversalAIJob,
        models.CASCADE,
        primary_key=True,
        related_name="gateway_answer",
        verbose_name=_("job"),
    )
    #: SHA-256 of the owner, the model string, the input with the content of its files, and the
    #: provider's parameters.
    fingerprint = models.CharField(max_length=64, db_index=True, editable=False)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")

    def __str__(self) -> str:
        return str(self.job_id)
