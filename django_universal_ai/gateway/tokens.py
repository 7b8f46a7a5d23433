"""Bearer tokens: made once, shown once, kept as a hash."""

from __future__ import annotations

import datetime
import hashlib
import secrets
import time
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from .models import Token

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

#: What every token begins with, so that scanners for leaked secrets can know it.
BEGINNING = "uai_"
#: Characters of a token that lists show. What stays secret of it has 208 bits.
SHOWN = len(BEGINNING) + 8
#: How often the time of a token's last use is written, at most.
USE_IS_NOTED_EVERY = datetime.timedelta(minutes=1)
#: Seconds for which a process goes by what it has read of a token.
FRESH_FOR = 0.5
#: Tokens that a process keeps in mind.
MOST_KNOWN = 1000

#: When a token was read (``time.monotonic``), and what was read, by its digest.
_known: dict[str, tuple[float, Token]] = {}


def create(
    owner: AbstractBaseUser,
    *,
    name: str = "",
    sandbox: bool = False,
    expires_at: datetime.datetime | None = None,
    allowed_features: Sequence[str] = (),
    requests_per_second: float | None = None,
    most_in_flight: int | None = None,
    credits_per_day: Decimal | None = None,
    credits_per_month: Decimal | None = None,
) -> str:
    """Make a token that acts for ``owner`` and return its plain text, which nobody gets again.

    Raises :class:`~django.core.exceptions.ValidationError` for limits that can't be.
    """
    token = Token(
        owner=cast(Any, owner),
        name=name,
        sandbox=sandbox,
        expires_at=expires_at,
        allowed_features=list(allowed_features),
        requests_per_second=requests_per_second,
        most_in_flight=most_in_flight,
        credits_per_day=credits_per_day,
        credits_per_month=credits_per_month,
    )
    issue(token)
    token.clean_fields(exclude={"owner"})
    token.save(force_insert=True)
    return token.plain


@sensitive_variables("plain")
def issue(token: Token) -> None:
    """Give an unsaved token its secret."""
    token.plain = plain = BEGINNING + secrets.token_urlsafe(32)
    token.prefix = plain[:SHOWN]
    token.hash = digest(plain)


@sensitive_variables()
def digest(plain: str) -> str:
    """How a token is kept. It has 256 random bits, so it needs no salt and no slow hash."""
    return hashlib.sha256(plain.encode(errors="replace")).hexdigest()


def find(digest: str) -> Token | None:
    """The token with this :func:`digest`, if it is valid and its owner is active.

    One that was found is taken as it was for up to :data:`FRESH_FOR` seconds: so long may it take
    until a revocation is known everywhere.
    """
    read_at, token = _known.get(digest, (-FRESH_FOR, None))
    if token is None or time.monotonic() - read_at >= FRESH_FOR:
        token = Token.objects.select_related("owner").filter(hash=digest).order_by().first()
        _remember(digest, token)
    return token if token and token.is_valid and token.owner.is_active else None


def _remember(digest: str, token: Token | None) -> None:
    """Keep what was found, never what wasn't: who guesses doesn't fill the memory."""
    if token is None:
        _known.pop(digest, None)
        return
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[digest] = time.monotonic(), token


def note_use(token: Token) -> None:
    """Keep when the token was last used, to the minute: not every request writes a row."""
    now = timezone.now()
    if token.last_used_at is not None and token.last_used_at > now - USE_IS_NOTED_EVERY:
        return
    is_older = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now)
    Token.objects.filter(is_older, pk=token.pk).update(last_used_at=now)
    token.last_used_at = now


def revoke(token: Token) -> bool:
    """Close the door to a token for good. Says whether it was open."""
    _known.pop(token.hash, None)
    rows = Token.objects.filter(pk=token.pk, revoked_at__isnull=True)
    return bool(rows.update(revoked_at=timezone.now()))
