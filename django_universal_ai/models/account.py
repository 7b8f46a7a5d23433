"""What all processes and hosts share about one account of a backend."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """One account: its rate limit, its gate, its breaker, and who sweeps it.

    ``name`` is :attr:`BaseBackend.account <django_universal_ai.backends.base.BaseBackend.account>`.
    """

    name = models.CharField(_("name"), max_length=100, primary_key=True)
    #: When the next request may leave: the arrival time of a virtual scheduler (GCRA).
    next_request_at = models.DateTimeField(_("next request"), null=True, blank=True)
    #: No request leaves before; set by a 429 and by the breaker.
    closed_until = models.DateTimeField(_("closed until"), null=True, blank=True)
    #: Why the breaker is open, in the service's words; empty while it is closed.
    refusal = models.CharField(_("refusal"), max_length=500, blank=True, default="")
    refused_at = models.DateTimeField(_("refused since"), null=True, blank=True)
    #: A person's own pause: it ends when a person ends it, whatever the service says.
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    #: The name, not the user: it is told after that account is gone, too.
    paused_by = models.CharField(_("paused by"), max_length=150, blank=True, default="")
    pause_reason = models.CharField(
        _("reason for the pause"), max_length=500, blank=True, default=""
    )
    #: Who watches the jobs in flight, and until when nobody else does.
    sweeper = models.UUIDField(null=True, blank=True, editable=False)
    swept_until = models.DateTimeField(null=True, blank=True, editable=False)
    #: The list isn't read again before; the pause grows while it tells nothing new.
    next_sweep_at = models.DateTimeField(null=True, blank=True, editable=False)
    sweep_pause = models.FloatField(default=0, editable=False)
    #: Pages that the list had; jobs of others on the account make it longer.
    list_pages = models.PositiveIntegerField(default=1, editable=False)
    #: The pace, as a part of the rate, at which the service last refused a request, and when.
    pace = models.FloatField(default=1, editable=False)
    paced_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: A service without a list is polled job by job until then.
    listless_until = models.DateTimeField(_("without list until"), null=True, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        permissions = (("pause_account", _("Can pause an account and let it go on")),)

    def __str__(self) -> str:
        return self.name
