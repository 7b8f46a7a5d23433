"""What an account's limits mean, in words."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..backends import BaseBackend, backends
from ..contract import redact
from ..exceptions import InvalidInput
from ..models import Account
from . import wording


def trouble(account: Account) -> str:
    """Why no request may leave, and what happens next; empty while they may."""
    return " ".join(filter(None, (_pause(account), _refusal(account))))


def _pause(account: Account) -> str:
    """Who paused it, when and why; empty where nobody did."""
    if account.paused_at is None:
        return ""
    words = _("%(who)s paused this account at %(moment)s: %(reason)s No request leaves until "
              "a person lets it go on.")  # fmt: skip
    return words % {
        "who": account.paused_by or _("Somebody"),
        "moment": wording.moment(account.paused_at),
        "reason": _sentence(redact(account.pause_reason or _("no reason was given"))),
    }


def _refusal(account: Account) -> str:
    closed = account.closed_until if is_closed(account) else None
    if account.refusal:
        since = wording.moment(account.refused_at) if account.refused_at else "?"
        words = _(
            "The service refuses this account since %(since)s: %(reason)s Jobs wait; "
            "one request a minute finds out whether it works again."
        ) % {"since": since, "reason": _sentence(redact(account.refusal))}
        if closed is None:
            return words
        following = _("The next one: %(moment)s.") % {"moment": wording.moment(closed)}
        return f"{words} {following}"
    if closed is None:
        return ""
    return _("The service asked for a pause: no request leaves before %(moment)s.") % {
        "moment": wording.moment(closed)
    }


def state_badge(account: Account) -> SafeString:
    """Whether requests may leave, as a coloured word."""
    if account.paused_at:
        return wording.badge("‖", "warning", _("paused"))
    if account.refusal:
        return wording.badge("✕", "bad", _("refused"))
    if is_closed(account):
        return wording.badge("◷", "warning", _("pausing"))
    return wording.badge("✓", "good", _("open"))


def is_closed(account: Account) -> bool:
    """Whether the gate is closed at this moment."""
    return account.closed_until is not None and account.closed_until > timezone.now()


def aliases_of(account: str) -> list[str]:
    """The configured backends that share this account."""
    named = ((alias, backend_of(alias)) for alias in backends.aliases())
    return [alias for alias, backend in named if backend and backend.account == account]


def backend_of(alias: str) -> BaseBackend | None:
    """The configured backend; ``None`` where the settings no longer have it, or can't be used."""
    try:
        return backends[alias]
    except (InvalidInput, ImproperlyConfigured):
        return None


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
