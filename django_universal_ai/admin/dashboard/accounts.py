"""What each account may do now: its gate, its breaker, its limit."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.admin import AdminSite
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ... import limits
from ...backends import BaseBackend, backends
from ...models import Account
from .. import account_words, links

#: Accounts that are shown.
MOST = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One account."""

    plain: str
    #: Its name, as a link where it has a page.
    name: str
    state: SafeString
    #: Why no request may leave; empty while they may.
    trouble: str
    #: What it may ask for, and how much of that is in use.
    rate: str
    use: str


def accounts(site: AdminSite) -> list[Line]:
    """One query."""
    usable = filter(None, map(account_words.backend_of, backends.aliases()))
    by_account = {backend.account: backend for backend in usable}
    rows = Account.objects.order_by("name")[:MOST]
    return [_line(site, account, by_account.get(account.name)) for account in rows]


def _line(site: AdminSite, account: Account, backend: BaseBackend | None) -> Line:
    return Line(
        plain=account.name,
        name=links.link(links.page_url(site, Account, account.pk), account.name),
        state=account_words.state_badge(account),
        trouble=account_words.trouble(account),
        rate=_rate(account, backend),
        use=_use(account, backend),
    )


def _rate(account: Account, backend: BaseBackend | None) -> str:
    if backend is None:
        return _("not in the settings")
    if not backend.rate_limit:
        return _("no limit")
    words = _("%(rate)s requests a second") % {"rate": f"{backend.rate_limit:g}"}
    pace = limits.pace_now(account)
    if pace >= 1:
        return words
    slowed = _("slowed to %(percent)d %%, as others use it, too") % {"percent": round(pace * 100)}
    return f"{words}, {slowed}"


def _use(account: Account, backend: BaseBackend | None) -> str:
    if backend is None or not backend.rate_limit:
        return "-"
    ahead = limits.booked_for(account)
    if not ahead:
        return _("free")
    return _("booked for the next %(seconds)s s") % {"seconds": f"{ahead:.1f}"}
