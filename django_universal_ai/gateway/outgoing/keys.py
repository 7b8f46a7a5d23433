"""The keys that sign outgoing webhooks: made once, kept encrypted, rotated.

The private half is in the database, as PKCS#8 that is encrypted with a password made of the
project's ``SECRET_KEY``: a dump of the database alone signs nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from ...models.database import atomic, retrying
from ..models import SigningKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

KEY_SIZE = 2048
#: A key that was replaced is served so long: receivers may keep what they once got.
SERVED_FOR = timedelta(days=30)
_SALT = "django_universal_ai.gateway.outgoing.keys"


class UnreadableKey(Exception):
    """The current key was encrypted with another ``SECRET_KEY``."""


def why_unable() -> str:
    """Why this site can't sign, and what to do about it; empty where it can."""
    for needed in ("cryptography", "orjson"):
        if find_spec(needed) is None:
            return f"Webhooks need {needed}: pip install 'django-universal-ai[webhooks]'"
    return ""


@retrying
def current() -> SigningKey:
    """The key that signs; the first one is made when it is needed."""
    found = SigningKey.objects.filter(is_current=True).first()
    if found is not None:
        return found
    made = _new()
    try:
        with atomic():
            made.save(force_insert=True)
    except IntegrityError:  # another process was faster
        return SigningKey.objects.get(is_current=True)
    return made


@retrying
def rotate() -> SigningKey:
    """Let a new key sign from now on; the old one is served for :data:`SERVED_FOR` still."""
    made = _new()
    with atomic():
        SigningKey.objects.select_for_update().filter(is_current=True).update(
            is_current=None, retired_at=timezone.now()
        )
        made.save(force_insert=True)
    return made


def served() -> str:
    """The public keys that a signature may fit, the current one first: PEM blocks."""
    current()
    recent = Q(retired_at__gt=timezone.now() - SERVED_FOR)
    keys = SigningKey.objects.filter(Q(is_current=True) | recent).order_by("-created_at", "-pk")
    return "".join(key.public_key for key in keys)


def private_key() -> RSAPrivateKey:
    """The key to sign with. Raises :class:`UnreadableKey`."""
    key = current()
    for password in _passwords():
        try:
            return _decrypted(key.private_key, password)
        except ValueError:
            continue
    raise UnreadableKey(
        "The signing key was encrypted with another SECRET_KEY. Put that one into "
        "SECRET_KEY_FALLBACKS, or make a new key: manage.py universal_ai signing-key rotate"
    )


def _new() -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        PublicFormat,
    )

    private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_SIZE)
    public = private.public_key()
    info = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    encryption = BestAvailableEncryption(next(_passwords()))
    return SigningKey(
        public_key=public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        private_key=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode(),
        fingerprint=hashlib.sha256(info).hexdigest()[:16],
        is_current=True,
    )


@sensitive_variables()
def _passwords() -> Iterator[bytes]:
    """Made of the ``SECRET_KEY``, and of those that it has replaced."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield salted_hmac(_SALT, "", secret=secret, algorithm="sha256").hexdigest().encode()


@sensitive_variables()
@lru_cache(maxsize=4)
def _decrypted(pem: str, password: bytes) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem.encode(), password)
    assert isinstance(key, RSAPrivateKey)  # noqa: S101 - we made it
    return key
