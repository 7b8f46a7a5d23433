"""Signed links to one job: for visitors who aren't signed in, and for e-mails.

A link names one job and what may be done with it: see it, or also ask again when it failed. It
ends after ``LINK_SECONDS``, counted when it is used: a shorter time also ends links that are out.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

from .conf import live_settings

if TYPE_CHECKING:
    from ..models import UniversalAIJob

SEE, RETRY = "see", "retry"

_SALT = "django_universal_ai.live"


@dataclass(frozen=True, slots=True)
class Link:
    """What a signed key allows."""

    pk: uuid.UUID
    may_retry: bool


def link_to(job: UniversalAIJob, root: str | None = None, *, retry: bool = False) -> str:
    """The address of a page that shows the job to whoever has it.

    ``root`` is the public root of the site, for e-mails; without it, the address is a mere path.
    ``retry`` lets them ask again for what failed, which may cost money each time.
    """
    path = reverse("universal_ai:live", args=[signed_key(job, retry=retry)])
    return (root or "").rstrip("/") + path


def signed_key(job: UniversalAIJob, *, retry: bool = False) -> str:
    """The part of a link that says it all: ``see.<id>.<time>.<signature>``."""
    return _signer().sign(f"{RETRY if retry else SEE}.{job.pk.hex}")


def read_key(key: str) -> Link | None:
    """What a key allows; ``None`` for one that wasn't signed here, or whose time is over."""
    try:
        value = _signer().unsign(key, max_age=live_settings().LINK_SECONDS)
    except BadSignature:
        return None
    scope, _, pk = value.partition(".")
    return Link(uuid.UUID(pk), scope == RETRY)


def _signer() -> TimestampSigner:
    # Made anew each time: the keys are settings.
    return TimestampSigner(salt=_SALT, sep=".")
