"""What an account's limits mean, in words."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import gettext as _

from ..backends import BaseBackend, backends
from ..contract import redact
from ..exceptions import InvalidInput
from ..models import Account
from . import wording


def trouble(account: Account) -> str:
    """Why no request may leave, and what happens next; empty while they may."""
    closed = account.closed_until if is_closed(account) else None
    if account.refusal:
        since = wording.moment(account.refused_at) if account.refused_at else "?"
        words = _(
            "The service refuses this account since %(since)s: %(reason)s Jobs wait; "
            "one request a minute finds out whether it works again."
        ) % {"since": since, "reason": _sentence(redact(account.refusal))}
        if closed is None:
            return words
        return f"{words} {_('The next one: %(moment)s.') % {'moment': wording.moment(closed)}}"
    if closed is None:
        return ""
    return _("The service asked for a pause: no request leaves before %(moment)s.") % {
        "moment": wording.moment(closed)
    }


def is_closed(account: Account) -> bool:
    """Whether the gate is closed at this moment."""
    return account.closed_until is not None and account.closed_until > timezone.now()


def backend_of(alias: str) -> BaseBackend | None:
    """The configured backend; ``None`` where the settings no longer have it, or can't be used."""
    try:
        return backends[alias]
    except (InvalidInput, ImproperlyConfigured):
        return None


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
