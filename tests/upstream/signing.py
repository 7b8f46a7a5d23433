"""The service's signatures, written apart from the package: RSA over the digest of sorted JSON.

One key pair signs for all customers, as with the real service. ``Key().pem`` is what a site
configures; ``upstream.webhooks.sign = key.headers`` makes the server sign what it sends.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache

import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

_LAYOUT = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS


class Key:
    """A key pair."""

    def __init__(self, bits: int = 2048) -> None:
        self.private = rsa.generate_private_key(65537, bits)
        self.public = self.private.public_key()
        self.pem = self.public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    def sign(self, text: bytes) -> str:
        """Sign a canonical text, given as it is."""
        digest = hashlib.sha256(text).hexdigest().encode()
        return self.private.sign(digest, padding.PKCS1v15(), hashes.SHA256()).hex()

    def headers(self, body: bytes) -> dict[str, str]:
        """What a signed webhook's headers hold beside the usual ones."""
        text = orjson.dumps(json.loads(body), option=_LAYOUT)
        return {"X-Edenai-Signature": self.sign(text)}


@cache
def service_key() -> Key:
    """The service's key, made once per process: that takes a tenth of a second."""
    return Key()


@cache
def other_key() -> Key:
    """A key that isn't the service's, or is its next one."""
    return Key()
